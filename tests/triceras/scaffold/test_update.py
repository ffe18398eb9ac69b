import re
import subprocess
import sys
import tomllib

import pytest

from triceras.config import ROOT
from triceras.scaffold import new, update
from triceras.scaffold.git import attempt
from triceras.scaffold.update import main

pytestmark = pytest.mark.once

ENGINE = "src/triceras/engine.py"
FASTER = '"""Never names the lab: src/lab."""\n\nSPEED = 2\nCOLOUR = 1\n'


@pytest.fixture
def project(clone, git, commit):
    """A project made from the template, with a lab of its own."""
    root = clone("project")
    assert new.main(["project", "neuro", "--no-tests"], root) == 0
    commit(root, {"src/neuro/models/own.py": '"""Ours."""\n'}, "Begin neuro")
    return root


@pytest.fixture
def run(template, project, capfd):
    """Updates the project; returns exit code and what was said on both streams."""

    def run(*arguments, source=template, root=project):
        capfd.readouterr()
        code = main(["--from", str(source), *arguments] if source else arguments, root)
        out, err = capfd.readouterr()
        return code, out, err

    return run


def recorded(root):
    return tomllib.loads((root / "pyproject.toml").read_text())["tool"]["triceras"]


@pytest.mark.slow
def test_the_engine_room_becomes_the_template_s(run, project, template, git, commit):
    binary = template / "src" / "triceras" / "table.bin"
    binary.write_bytes(bytes(range(256)))
    new_commit = commit(
        template, {ENGINE: FASTER, "src/triceras/new.py": "", "src/lab/models/old.py": "# theirs\n"}
    )
    commit(template, {"docs/triceras/speed.md": "# Speed\n"})
    git(template, "rm", "-q", "tests/triceras/test_engine.py")
    new_commit = commit(template)
    lab = git(project, "rev-parse", "HEAD:src/neuro")
    code, out, err = run()
    assert (code, err) == (0, "")
    assert f"the engine room is now that of {new_commit[:12]}, 3 commits later: 5 files" in out
    assert "docs/triceras/speed.md is new: README.md, which is yours, may link it" in out
    assert 'make test-fast && git commit -m "Update the engine room"' in out
    git(project, "commit", "-q", "-m", "Update")
    for path in ("src/triceras", "tests", "scripts"):
        theirs = attempt(template, "rev-parse", f"HEAD:{path}").stdout.decode().strip()
        if path != "tests":
            assert git(project, "rev-parse", f"HEAD:{path}") == theirs
    assert not (project / "tests" / "triceras" / "test_engine.py").exists()
    assert git(project, "rev-parse", "HEAD:src/neuro") == lab
    assert recorded(project)["commit"] == new_commit


@pytest.mark.slow
def test_once_more_changes_nothing(run, project, template, git, commit):
    commit(template, {ENGINE: FASTER})
    run()
    git(project, "commit", "-q", "-m", "Update")
    code, out, _ = run()
    assert code == 0
    assert out.endswith("already\n")
    assert not git(project, "status", "--porcelain")


@pytest.mark.slow
def test_a_change_of_one_s_own_elsewhere_in_a_file_stays(run, project, template, git, commit):
    text = "".join(f"LINE_{i} = {i}\n" for i in range(20))
    commit(template, {ENGINE: text})
    assert run()[0] == 0
    commit(project, {ENGINE: text.replace("LINE_2 = 2", "LINE_2 = 'own'")})
    commit(template, {ENGINE: text.replace("LINE_17 = 17", "LINE_17 = 'theirs'")})
    assert run()[0] == 0
    merged = (project / ENGINE).read_text()
    assert "LINE_2 = 'own'" in merged
    assert "LINE_17 = 'theirs'" in merged


@pytest.mark.slow
def test_where_both_changed_the_same_git_marks_it(run, project, template, git, commit):
    commit(project, {ENGINE: FASTER.replace("2", "3")})
    commit(template, {ENGINE: FASTER, "src/triceras/new.py": ""})
    code, out, err = run()
    assert code == 1
    assert "then" not in out
    assert err == (
        f"both changed {ENGINE}: mend what git marked with <<<<<<<, `git add` it, "
        'then: make test-fast && git commit -m "Update the engine room"\n'
    )
    assert "<<<<<<<" in (project / ENGINE).read_text()
    # All else is there.
    assert (project / "src" / "triceras" / "new.py").exists()
    assert git(project, "diff", "--name-only", "--diff-filter=U") == ENGINE


@pytest.mark.slow
def test_several_updates_in_a_row(run, project, template, git, commit):
    for speed in (2, 3):
        commit(template, {ENGINE: FASTER.replace("2", str(speed))})
        assert run()[0] == 0
        git(project, "commit", "-q", "-m", "Update")
        assert f"SPEED = {speed}" in (project / ENGINE).read_text()


@pytest.mark.slow
def test_an_older_ref_takes_it_back(run, project, template, git, commit):
    first = git(template, "rev-parse", "HEAD")
    commit(template, {ENGINE: FASTER})
    run()
    git(project, "commit", "-q", "-m", "Update")
    assert run("--ref", first)[0] == 0
    assert "SPEED = 1" in (project / ENGINE).read_text()
    assert recorded(project)["commit"] == first


@pytest.mark.slow
def test_a_project_begun_by_a_copy_without_history(run, template, tmp_path, git, commit):
    copy = tmp_path / "copy"
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{template}", "copy")
    subprocess.run(["rm", "-rf", ".git"], cwd=copy, check=True)
    git(copy, "init", "-q", "-b", "main")
    commit(copy, message="Copy")
    assert new.main(["project", "neuro", "--no-tests"], copy) == 0
    commit(copy, message="Begin")
    commit(template, {ENGINE: FASTER})
    assert run(root=copy)[0] == 0
    assert "SPEED = 2" in (copy / ENGINE).read_text()


@pytest.mark.slow
def test_a_path_that_is_new_in_the_engine_room_comes_along(run, project, template, commit):
    listed = "src/triceras/scaffold/engine_room.txt"
    commit(template, {listed: "src/triceras\ntools\n", "tools/saw.py": "", "other/x.py": ""})
    assert run()[0] == 0
    assert (project / "tools" / "saw.py").exists()
    assert not (project / "other").exists()


@pytest.mark.slow
def test_what_was_taken_out_and_is_the_engine_room_s_now_comes_back(
    run, project, template, git, commit
):
    commit(template, {"tools/saw.py": "", "other/x.py": ""})
    run("--ref", "main")
    git(project, "commit", "-q", "--allow-empty", "-m", "Update")
    assert not (project / "tools").exists()
    commit(template, {"src/triceras/scaffold/engine_room.txt": "src/triceras\ntools\n"})
    assert run()[0] == 0
    assert (project / "tools" / "saw.py").exists()
    assert not (project / "other").exists()


@pytest.mark.slow
def test_what_else_changed_in_the_template_is_named(run, project, template, commit):
    text = (template / "pyproject.toml").read_text()
    commit(template, {"pyproject.toml": text + "# New.\n", ENGINE: FASTER})
    code, out, _ = run()
    assert code == 0
    assert "pyproject.toml changed in the template too, and yours stays: git diff" in out
    assert "# New." not in (project / "pyproject.toml").read_text()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--ref", "nowhere"), "git fetch failed: .*nowhere"),
        (("--base", "nowhere"), "--base nowhere is no commit"),
        (("--what",), "unrecognized arguments: --what"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(run, project, git, arguments, reason):
    code, out, err = run(*arguments)
    assert (code, out) == (1, "")
    assert re.match(rf"error: .*{reason}.*\n$", err), err
    assert not git(project, "status", "--porcelain")


@pytest.mark.slow
def test_a_project_is_not_taken_for_the_template(run, project, clone, git):
    other = clone("other")
    assert new.main(["project", "plasma", "--no-tests"], other) == 0
    git(other, "commit", "-qam", "Begin plasma")
    before = (project / "pyproject.toml").read_text()
    code, _, err = run(source=other)
    assert code == 1
    assert err == (
        f"error: --from {other} is a project that was made from the template, not the template\n"
    )
    assert (project / "pyproject.toml").read_text() == before


@pytest.mark.slow
def test_no_source(run):
    code, _, err = run(source=None)
    assert code == 1
    assert err == (
        "error: pyproject.toml names no source of the template: give --from <url or path>, or "
        'write source = "<url>" into its [tool.triceras]\n'
    )


@pytest.mark.slow
def test_a_source_that_is_not_there(run, tmp_path):
    code, _, err = run(source=tmp_path / "nowhere")
    assert code == 1
    assert err.startswith("error: git fetch failed: ")
    assert err.count("\n") == 1


@pytest.mark.slow
def test_changes_that_are_not_committed(run, project):
    (project / ENGINE).write_text("x\n")
    code, _, err = run()
    assert code == 1
    assert err == f"error: {ENGINE}: changes that are not committed; commit them first\n"


@pytest.mark.slow
def test_an_unrelated_template(run, project, tmp_path, git, commit):
    other = tmp_path / "other"
    other.mkdir()
    git(other, "init", "-q")
    commit(other, {ENGINE: "x\n"})
    code, _, err = run(source=other)
    assert code == 1
    assert f"--from {other} is no Triceras: its pyproject.toml has no [tool.triceras]" in err
    commit(other, {"pyproject.toml": '[tool.triceras]\nlab = "lab"\n'})
    code, _, err = run(source=other)
    assert code == 1
    assert "no commit in common: give --base" in err
    assert not git(project, "status", "--porcelain")


@pytest.mark.slow
def test_an_engine_room_from_which_a_file_was_taken(run, project, template, git, commit):
    commit(project, {"src/triceras/own.py": ""})
    git(project, "rm", "-q", ENGINE)
    commit(project)
    commit(template, {ENGINE: FASTER, "src/triceras/new.py": ""})
    code, _, err = run()
    assert code == 1
    assert ENGINE in err
    if err.startswith("error: "):
        assert not git(project, "status", "--porcelain")


@pytest.mark.slow
class TestThisRepository:
    """A project of the oldest commit that can be updated takes the engine room of today."""

    @pytest.fixture(scope="class")
    @staticmethod
    def oldest():
        if not (ROOT / ".git").exists():
            pytest.skip("there is no history here: this is no git repository")
        if attempt(ROOT, "rev-parse", "--is-shallow-repository").stdout.strip() == b"true":
            pytest.skip("there is no history here: this is a shallow clone")
        # Of those before, --minimal left no whole engine room.
        listed = "src/triceras/scaffold/engine_room.txt"
        command = ("log", "-Sbenchmarks/guide_style", "--format=%H", "--", listed)
        commits = attempt(ROOT, *command).stdout.decode().split()
        if not commits:
            pytest.skip(f"there is no history here: {listed} is in no commit")
        return commits[-1]

    def test_it_is_updated_and_trains(self, oldest, tmp_path, git, commit, monkeypatch, backend):
        root = tmp_path / "neurofield"
        git(tmp_path, "clone", "-q", str(ROOT), "neurofield")
        git(root, "checkout", "-q", "-B", "main", oldest)
        monkeypatch.delenv("TRICERAS_CONF", raising=False)
        monkeypatch.setenv("PYTHONPATH", str(root / "src"))
        monkeypatch.setenv("PYTHONSAFEPATH", "1")

        def python(*arguments):
            done = subprocess.run(
                [sys.executable, *arguments], cwd=root, capture_output=True, text=True
            )
            return done.returncode, done.stdout + done.stderr

        # What style was then is not of interest; the exit code would say it.
        python("scripts/new.py", "project", "neurofield", "--minimal", "--no-tests")
        assert python("scripts/new.py", "model", "own")[0] == 0
        commit(root, {"README.md": "# Ours\n"}, "Begin neurofield")
        own = [f"HEAD:{path}" for path in ("src/neurofield", "tests/neurofield", "conf")]
        before = [git(root, "rev-parse", each) for each in own]
        code, said = python("scripts/update.py", "--from", str(ROOT))
        assert code == 0, said
        git(root, "commit", "-q", "--allow-empty", "-m", "Update")
        today = git(ROOT, "rev-parse", "HEAD")
        assert recorded(root)["commit"] == today
        for path in update.engine_paths():
            theirs = attempt(ROOT, "rev-parse", f"HEAD:{path}")
            if theirs.returncode == 0:
                assert git(root, "rev-parse", f"HEAD:{path}") == theirs.stdout.decode().strip()
        assert [git(root, "rev-parse", each) for each in own] == before
        words = [f"backend={backend}", "model=own", "max_steps=20", "logger=csv"]
        code, said = python("scripts/train.py", *words)
        assert code == 0, said
