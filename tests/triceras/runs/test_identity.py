import importlib.metadata
import re
import subprocess

import pytest

from triceras.runs import identity as module
from triceras.runs.identity import git_state, identity, versions

pytestmark = pytest.mark.once


def test_versions_are_those_installed():
    found = versions()
    assert found["keras"] == importlib.metadata.version("keras")
    assert re.match(r"3\.\d+", found["python"])


def test_package_that_is_not_installed_is_left_out(monkeypatch):
    monkeypatch.setattr(module, "PACKAGES", ("keras", "no-such-package"))
    assert set(versions()) == {"python", "keras"}


def test_git_state(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "ROOT", tmp_path)
    assert git_state() == {"commit": None, "dirty": None}

    def git(*arguments):
        subprocess.run(["git", *arguments], check=True, capture_output=True, cwd=tmp_path)

    git("init")
    (tmp_path / "a").write_text("a")
    git("add", "a")
    git("-c", "user.name=a", "-c", "user.email=a@b", "commit", "-m", "a")
    state = git_state()
    assert re.fullmatch(r"[0-9a-f]{40}", state["commit"])
    assert state["dirty"] is False
    (tmp_path / "a").write_text("b")
    assert git_state() == {"commit": state["commit"], "dirty": True}


def test_it_is_of_the_project_wherever_one_stands(tmp_path, monkeypatch):
    here = git_state()
    subprocess.run(["git", "init"], check=True, capture_output=True, cwd=tmp_path)
    monkeypatch.chdir(tmp_path)
    assert git_state() == here


def test_a_commit_is_known_where_changes_are_not(monkeypatch):
    run = subprocess.run

    def slow(command, **options):
        if "status" in command:
            raise subprocess.TimeoutExpired(command, 10)
        return run(["echo", "abc"], **{**options, "cwd": None})

    monkeypatch.setattr(module.subprocess, "run", slow)
    assert git_state() == {"commit": "abc", "dirty": None}


def test_machine_without_git(monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert git_state() == {"commit": None, "dirty": None}


def test_identity_holds_what_one_needs_to_have_a_run_again():
    assert {"argv", "git", "versions", "host", "platform"} <= set(identity())
