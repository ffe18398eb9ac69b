import re
import tomllib
from pathlib import Path

import pytest

from triceras.scaffold import new
from triceras.scaffold.new import main, public, template_commit

pytestmark = pytest.mark.once


@pytest.fixture
def run(template, capfd):
    """Runs the command; returns its exit code and its lines on both streams."""

    def run(*arguments):
        code = main(arguments, template)
        out, err = capfd.readouterr()
        return code, out.splitlines(), err.splitlines()

    return run


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ((), "KIND"),
        (("thing", "a"), "invalid choice: 'thing'"),
        (("project",), "required: name"),
        (("model", "a", "--minimal"), "unrecognized arguments: --minimal"),
        (("project", "Neuro"), "'Neuro' is no name"),
        (("project", "lab"), "'lab' exists"),
        (("project", "numpy"), "a package that is used here"),
        (("model", "A"), "'A' is no name"),
        (("experiment", "a", "--data", "nowhere"), "data 'nowhere' is unknown: use one of arrays"),
        (("experiment", "a", "--model", "none"), "model 'none' is unknown: use one of advers"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(run, git, template, arguments, reason):
    code, out, err = run(*arguments)
    assert (code, out) == (1, [])
    (line,) = err
    assert line.startswith("error: ")
    assert reason in line
    assert not git(template, "status", "--porcelain")


def test_changes_that_are_not_committed_are_not_mixed_up(run, git, template):
    (template / "src" / "lab" / "mine.py").write_text('"""Mine."""\n')
    code, _, err = run("project", "neuro")
    assert code == 1
    assert err == ["error: src/lab/mine.py: changes that are not committed; commit them first"]
    assert git(template, "status", "--porcelain") == "?? src/lab/mine.py"


@pytest.mark.parametrize("extra", [[], ["--minimal"]])
@pytest.mark.slow
def test_a_project(run, git, template, extra):
    commit = git(template, "rev-parse", "HEAD")
    code, out, err = run("project", "neuro", "--no-tests", *extra)
    assert (code, err) == (0, [])
    assert re.match("src/neuro, tests/neuro and conf are yours: [1-9][0-9]* files changed", out[0])
    stages = [line.partition(": good, ")[0] for line in out[1:-1]]
    assert stages == ["mend style", "format", "check style"]
    assert out[-1] == 'then: git commit -m "Begin neuro" && make train'
    said = tomllib.loads((template / "pyproject.toml").read_text())["tool"]["triceras"]
    assert (said["lab"], said["commit"]) == ("neuro", commit)
    assert "source" not in said
    # All is staged, so that one commit is all that is left to do.
    assert all(line[1] == " " for line in git(template, "status", "--porcelain").splitlines())


@pytest.mark.slow
def test_where_the_template_is_is_recorded(run, git, template):
    git(template, "remote", "add", "origin", "https://user:secret@example.org/triceras.git")
    assert run("project", "neuro", "--no-tests")[0] == 0
    said = tomllib.loads((template / "pyproject.toml").read_text())["tool"]["triceras"]
    assert said["source"] == "https://example.org/triceras.git"


def test_the_template_s_commit_is_recorded_not_one_of_the_clone_s_own(run, git, commit, template):
    theirs = git(template, "rev-parse", "HEAD")
    git(template, "update-ref", "refs/remotes/origin/main", theirs)
    git(template, "symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")
    # `update.py` would take a change of the engine room back that seems to be the template's.
    commit(template, {"src/triceras/nearest.py": "# Changed.\n"})
    assert template_commit(template) == theirs != git(template, "rev-parse", "HEAD")
    git(template, "symbolic-ref", "--delete", "refs/remotes/origin/HEAD")
    assert template_commit(template) == git(template, "rev-parse", "HEAD")


@pytest.mark.parametrize("extra", [[], ["--minimal"]])
@pytest.mark.slow
def test_another_name_later_leaves_what_updates_go_by(run, commit, template, extra):
    assert run("project", "neuro", "--no-tests", *extra)[0] == 0
    first = tomllib.loads((template / "pyproject.toml").read_text())["tool"]["triceras"]
    commit(template)
    assert run("project", "field", "--no-tests")[0] == 0
    said = tomllib.loads((template / "pyproject.toml").read_text())["tool"]["triceras"]
    assert (said["lab"], said["commit"]) == ("field", first["commit"])
    assert said["moved"]["neuro"] == "field"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://example.org/a.git", "https://example.org/a.git"),
        ("https://user:secret@example.org/a.git", "https://example.org/a.git"),
        ("git@example.org:a/b.git", "git@example.org:a/b.git"),
        ("/home/me/a", ""),
        ("../a", ""),
        ("file:///home/me/a", ""),
        ("", ""),
    ],
)
def test_an_address_that_may_be_shown(url, shown):
    assert public(url) == shown


def test_stopped_half_way_says_how_to_go_back(run, git, template, monkeypatch):
    def break_off(root):
        raise OSError("no space left")

    monkeypatch.setattr(new, "minimise", break_off)
    code, _, err = run("project", "neuro", "--minimal")
    assert code == 1
    assert err == [
        "stopped half-way: `git reset --hard && git clean -fd` brings back what was",
        "error: OSError: no space left",
    ]
    git(template, "reset", "--hard")
    git(template, "clean", "-fd")
    assert not git(template, "status", "--porcelain")
    assert (template / "src" / "lab" / "models" / "old.py").exists()


@pytest.mark.slow
def test_style_of_the_engine_room_is_not_mended(run, commit, template):
    untidy = '"""Untidy."""\nX = [1,\n2]\n'
    commit(template, {"src/triceras/untidy.py": untidy, "src/lab/untidy.py": untidy})
    assert run("project", "neuro", "--no-tests")[0] == 0
    assert (template / "src" / "triceras" / "untidy.py").read_text() == untidy
    assert "X = [1, 2]" in (template / "src" / "neuro" / "untidy.py").read_text()


def test_style_of_the_engine_room_is_no_failure_of_a_project(run, commit, template):
    untidy = '"""Untidy."""\n\nprint(nothing)\n'
    commit(template, {"src/triceras/untidy_too.py": untidy})
    assert run("project", "neuro", "--no-tests")[0] == 0


def test_style_that_cannot_be_mended_is_a_failure(run, commit, template):
    commit(template, {"src/lab/models/bad.py": '"""Bad."""\n\nprint(nothing)\n'})
    code, out, err = run("project", "neuro", "--no-tests")
    assert code == 1
    assert "Undefined name `nothing`" in "".join(out)
    assert err[-1].startswith("something above failed: mend it, or `git reset --hard")


@pytest.mark.slow
@pytest.mark.parametrize("code", [0, 1])
def test_tests_count_and_what_they_print_is_shown_where_they_fail(run, commit, template, code):
    script = f'"""Tests."""\n\nimport sys\n\nprint("asked:", *sys.argv[1:])\nsys.exit({code})\n'
    commit(template, {"scripts/test.py": script})
    found, out, _ = run("project", "neuro")
    assert found == code
    assert ("asked: -m not slow" in out) == bool(code)
    (told,) = [line for line in out if line.startswith("fast tests, some minutes (")]
    assert ("failed: python" in told) == bool(code)


@pytest.mark.slow
def test_whoever_interrupts_the_tests_has_a_project(run, commit, template):
    script = '"""Tests."""\n\nimport os\nimport signal\n\nos.kill(os.getppid(), signal.SIGINT)\n'
    commit(template, {"scripts/test.py": script})
    code, _, err = run("project", "neuro")
    assert code == 130
    assert err[0].startswith("neuro is made all the same: `make test-fast` tests it, or `git reset")
    assert err[1] == "interrupted"
    assert (template / "src" / "neuro").is_dir()


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("src/lab/models/a.py", "src/lab"),
        ("tests/lab/test_a.py", "tests/lab"),
        ("guides/one.py", "guides"),
        ("benchmarks/peers/a/jax.py", "benchmarks/peers"),
        ("setup.py", "setup.py"),
    ],
)
def test_a_folder_has_nothing_of_the_engine_room_in_it(path, expected):
    assert new.top(Path(path)) == expected


def test_without_tools_make_installs_them(template, monkeypatch):
    asked = []

    def stage(root, name, command):
        asked.append(command)
        return True

    monkeypatch.setattr(new.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(new, "stage", stage)
    assert new.checked(template, tests=True)
    assert asked == [["make", "--silent", "format"], ["make", "--silent", "test-fast"]]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["model", "layer", "objective"])
def test_a_piece_is_trained_in_an_experiment_with_labels(run, template, kind):
    code, out, err = run(kind, "gate")
    assert (code, err) == (0, [])
    written = [line for line in out if line.startswith("wrote ")]
    assert all((template / line.removeprefix("wrote ")).exists() for line in written)
    told = f"these {len(written)} go together: delete all of them to be without this {kind}"
    assert out[len(written)] == told
    command = "python scripts/train.py experiment=classifier model=gate"
    assert f"train it: {command}" in out
    assert (template / "conf" / "model" / "gate.yaml").read_text().startswith(f"# {command}\n")
    tests = [line for line in out if line.startswith("test it: ")]
    # By make, which installs pytest where it is not there yet.
    expected = [line.removeprefix("wrote ") for line in written if "tests/" in line]
    assert tests == [f'test it: make test ARGS="{path}"' for path in expected]
    assert len(tests) == (kind != "model")


@pytest.mark.slow
def test_data_are_trained_on_by_an_experiment_s_model(run, template):
    command = "python scripts/train.py experiment=classifier data=gate"
    assert run("data", "gate")[1][-1] == f"train it: {command}"
    assert (template / "conf" / "data" / "gate.yaml").read_text().startswith(f"# {command}\n")


@pytest.mark.slow
def test_an_experiment_has_the_data_and_the_model_that_were_named(run, template):
    code, out, _ = run("experiment", "first", "--model", "linear")
    assert code == 0
    assert out[-1] == "train it: python scripts/train.py experiment=first"
    text = (template / "conf" / "experiment" / "first.yaml").read_text()
    assert "override /model: linear" in text
    assert "override /data: digits" in text
