import json
import sys

import pytest

from triceras.sweeps import job

pytestmark = pytest.mark.once


def test_output_is_shown_and_kept(tmp_path, capfd):
    code = "import sys; print('out'); print('error: bad', file=sys.stderr); sys.exit(3)"
    exit_code, lines, came = job.run_and_echo([sys.executable, "-c", code], tmp_path / "job.log")
    assert (exit_code, came) == (3, [])
    assert sorted(lines) == ["error: bad", "out"]
    assert (tmp_path / "job.log").read_text() == capfd.readouterr().out


def test_child_does_not_inherit_that_errors_are_raised(tmp_path, monkeypatch):
    monkeypatch.setenv("HYDRA_FULL_ERROR", "1")
    code = "import os; print(os.environ.get('HYDRA_FULL_ERROR'))"
    _, lines, _ = job.run_and_echo([sys.executable, "-c", code], tmp_path / "job.log")
    assert lines == ["None"]


def test_last_line():
    lines = ["run: a", "else", "run: b", "end"]
    assert job.last_line(lines, "run: ") == "b"
    assert job.last_line(lines, "error: ") is None


def test_metrics_of_a_run(tmp_path):
    assert job.metrics_of(None) == {}
    assert job.metrics_of(str(tmp_path)) == {}
    (tmp_path / "summary.json").write_text(json.dumps({"metrics": {"loss": 1.5}}))
    assert job.metrics_of(str(tmp_path)) == {"loss": 1.5}
    (tmp_path / "summary.json").write_text('{"metr')
    assert job.metrics_of(str(tmp_path)) == {}
