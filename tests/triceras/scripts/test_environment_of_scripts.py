import shutil
import subprocess
import sys

import pytest

from triceras.config import ROOT

pytestmark = pytest.mark.once


@pytest.fixture
def run_bare(tmp_path):
    """A function that runs a script by a Python with nothing installed beside it."""
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts")

    def run_bare(script):
        return subprocess.run(
            [sys.executable, "-E", "-s", "-S", f"scripts/{script}.py", "project", "a b"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
        )

    return run_bare


@pytest.mark.parametrize("script", ["new", "update", "train", "test"])
def test_before_anything_is_installed_one_line_says_what_to_do(script, run_bare):
    done = run_bare(script)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "error: this Python has no triceras: `make setup BACKEND=all` first, then `source "
        f".venv/bin/activate`, or .venv/bin/python scripts/{script}.py project 'a b'\n"
    )


def test_where_all_is_installed_one_line_says_which_python_to_use(run_bare, tmp_path):
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "ready").touch()
    assert run_bare("train").stderr == (
        "error: this Python has no triceras: `source .venv/bin/activate`, or .venv/bin/python "
        "scripts/train.py project 'a b'\n"
    )
