import subprocess
import sys

import pytest

from triceras.config import ROOT

pytestmark = pytest.mark.once


@pytest.mark.parametrize("script", ["new", "update"])
def test_before_anything_is_installed_one_line_says_what_to_do(script):
    path = str(ROOT / "scripts" / f"{script}.py")
    # Without what is installed beside Python itself.
    done = subprocess.run(
        [sys.executable, "-I", "-S", path, "project", "x"], capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "error: this Python has no triceras: `make setup BACKEND=all` first, then "
        f".venv/bin/python {path} project x\n"
    )
