import subprocess
import sys
from pathlib import Path

import pytest

from triceras.backend import installed

pytestmark = pytest.mark.once

SCRIPT = Path(__file__).parents[3] / "scripts" / "test.py"


@pytest.fixture
def run(tmp_path, monkeypatch):
    """A function that runs the script in a folder with one test, which passes with `GOOD` set."""
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "test_it.py").write_text(
        "from os import environ\n"
        "def test_it(): assert environ['GOOD'] in environ['KERAS_BACKEND']\n"
    )

    def run(
        *arguments: str, good: str = "", path: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        monkeypatch.setenv("GOOD", good)
        # Half of the time that pytest takes to start, for nothing that this test needs.
        monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
        if path:
            monkeypatch.setenv("PYTHONPATH", path)
        command = [sys.executable, str(SCRIPT), *arguments]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)

    return run


@pytest.mark.slow
def test_all_backends(run):
    done = run()
    assert done.returncode == 0, done.stdout
    # One for each backend, and one for what is tested once.
    sessions = len(installed()) + (len(installed()) > 1)
    closing = done.stdout.splitlines()[-sessions:]
    assert "once        test_it.py" in done.stdout or sessions == 1
    assert all(line.startswith("===") and " 1 passed in " in line for line in closing)


@pytest.mark.slow
def test_one_backend_fails(run):
    backend = installed()[-1]
    done = run("--backend", backend, good="nothing")
    assert done.returncode == 1
    assert "def test_it():" in done.stdout
    assert " 1 failed in " in done.stdout.splitlines()[-1]
    assert f"testing {backend};" in done.stdout


@pytest.mark.slow
def test_nothing_to_run(run):
    done = run("--backend", installed()[0], "-k", "absent")
    assert done.returncode == 1
    assert " 1 deselected in " in done.stdout.splitlines()[-1]


@pytest.mark.slow
def test_unknown_backend(run):
    done = run("--backend", "pytorch")
    assert done.returncode == 2
    assert "invalid choice: 'pytorch'" in done.stderr


@pytest.mark.slow
def test_without_pytest(run, tmp_path):
    # As it is after `make setup`: found by Python before the one that is installed.
    hook = "import importlib.util as u\nfind = u.find_spec\n"
    hook += "u.find_spec = lambda name, *rest: None if name == 'pytest' else find(name, *rest)\n"
    (tmp_path / "hooks").mkdir()
    (tmp_path / "hooks" / "sitecustomize.py").write_text(hook)
    done = run("tests/triceras", "-x", path=str(tmp_path / "hooks"))
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.splitlines() == [
        'error: tests need pytest: `make test ARGS="tests/triceras -x"` installs it, or '
        "pip install -c requirements.lock -e '.[dev]'"
    ]
