import sys

import pytest

from triceras.scaffold.stage import stage

pytestmark = pytest.mark.once

SCRIPT = "import time; print('[half] way', flush=True); time.sleep(0.4); print('there'); {}"


@pytest.mark.parametrize("terminal", ["0", "1"])
@pytest.mark.parametrize("fails", [False, True])
def test_a_line_tells_of_a_command(fails, terminal, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("TTY_COMPATIBLE", terminal)
    monkeypatch.setenv("COLUMNS", "60")
    script = SCRIPT.format("raise SystemExit(3)" if fails else "pass")
    assert stage(tmp_path, "count", [sys.executable, "-c", script]) is not fails
    out = capsys.readouterr().out
    assert ("count, 0 s: [half] way" in out) == (terminal == "1")
    told = "count: failed: python" if fails else "count: good, "
    assert any(told in line for line in out.splitlines())
    assert ("[half] way\nthere\n" in out) == fails
