import os
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


@pytest.fixture
def run_elsewhere(tmp_path):
    """A function that runs a script of another clone by the Python of this one."""
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts")

    def run_elsewhere(script, folder=tmp_path, **environment):
        return subprocess.run(
            [sys.executable, tmp_path / "scripts" / f"{script}.py", "seed=a b"],
            cwd=folder,
            env=os.environ | environment,
            capture_output=True,
            text=True,
        )

    return run_elsewhere


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


@pytest.mark.parametrize("script", ["new", "train", "report", "tables"])
def test_the_environment_of_another_clone_is_refused(script, run_elsewhere, tmp_path):
    done = run_elsewhere(script)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"error: this Python has the triceras of {ROOT}: `make setup BACKEND=all` first, then "
        f"`source .venv/bin/activate`, or .venv/bin/python {tmp_path}/scripts/{script}.py "
        "'seed=a b'\n"
    )
    other = run_elsewhere(script, ROOT).stderr
    assert f"the triceras of {ROOT}: in {tmp_path}, `make setup" in other


@pytest.mark.slow
def test_what_lies_beside_the_scripts_may_be_told_to_python_as_well(run_elsewhere, tmp_path):
    shutil.copytree(ROOT / "src", tmp_path / "src")
    done = run_elsewhere("new", PYTHONPATH=str(tmp_path / "src"))
    assert "argument KIND: invalid choice: 'seed=a b'" in done.stderr
