"""A template in little: a lab, an engine room, and what names them, in a git repository."""

import shutil
import subprocess
from pathlib import Path

import pytest

FILES = {
    "pyproject.toml": """\
[project]
name = "triceras"
description = "A template."

# The lab's name.
[tool.triceras]
lab = "lab"

[tool.triceras.moved]
"triceras.models" = "lab.models"

[tool.pyright]
include = ["src", "scripts", "guides", "benchmarks"]

[[tool.pyright.executionEnvironments]]
root = "guides"
# Why.
reportArgumentType = false
""",
    "README.md": """\
# Triceras

A template whose lab is `src/lab`.

## Use

<!-- shipped: begin -->
Train the lab's own.
<!-- shipped: end -->

Look into `src/lab/models`.
""",
    "requirements.lock": "keras==3.15.1\nscikit-learn==1.9.1\n",
    "requirements.txt": "mlxtend>=0.23\n",
    "conf/train.yaml": "defaults:\n  - data: digits\n  - experiment: old\n\nproject: triceras\n",
    "conf/model/old.yaml": "network:\n  _target_: lab.models.old.build\n",
    "conf/experiment/old.yaml": "# of the lab\n",
    "guides/one.py": "from lab.models import old\n",
    "src/lab/__init__.py": '"""The lab."""\n',
    "src/lab/models/__init__.py": "",
    "src/lab/models/old.py": '"""A model of the lab."""\n\nfrom lab.models import other\n',
    "src/lab/models/other.py": '"""Another."""\n',
    "src/triceras/engine.py": '"""Never names the lab: src/lab."""\n\nSPEED = 1\nCOLOUR = 1\n',
    "tests/lab/models/test_old.py": "from lab.models.old import other\n\nassert other\n",
    "tests/triceras/test_engine.py": "from triceras import engine\n\nassert engine\n",
    "scripts/train.py": '"""Trains."""\n',
    "Makefile": "test:\n",
}


@pytest.fixture(scope="module", autouse=True)
def somebody():
    """Lets git commit as somebody."""
    with pytest.MonkeyPatch.context() as patched:
        for role in ("AUTHOR", "COMMITTER"):
            patched.setenv(f"GIT_{role}_NAME", "Somebody")
            patched.setenv(f"GIT_{role}_EMAIL", "somebody@example.org")
        yield


@pytest.fixture(scope="session")
def git():
    """Runs git in a folder."""

    def git(root, *arguments):
        done = subprocess.run(
            ["git", *arguments], cwd=root, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    return git


@pytest.fixture(scope="session")
def commit(git):
    """Writes files and commits them."""

    def commit(root, files=None, message="Change"):
        for path, text in (files or {}).items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text)
        git(root, "add", "--all")
        git(root, "commit", "-q", "-m", message)
        return git(root, "rev-parse", "HEAD")

    return commit


@pytest.fixture(scope="module")
def committed(tmp_path_factory, git, commit):
    """The template, which stays as it is."""
    root = tmp_path_factory.mktemp("committed") / "template"
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    commit(root, FILES, "Begin")
    return root


@pytest.fixture
def template(tmp_path, committed):
    """A copy of it, to be changed."""
    return Path(shutil.copytree(committed, tmp_path / "template"))


@pytest.fixture
def clone(git, template):
    """Clones the template into a folder beside it."""

    def clone(name="clone"):
        git(template.parent, "clone", "-q", str(template), name)
        return template.parent / name

    return clone
