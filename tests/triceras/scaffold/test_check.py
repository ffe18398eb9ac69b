import subprocess
import sys

import pytest

from triceras.scaffold import check
from triceras.scaffold.check import Variant, too_long, touched

pytestmark = pytest.mark.once


@pytest.fixture
def variant(tmp_path):
    (tmp_path / "scripts").mkdir()
    (tmp_path / "src").mkdir()
    return Variant("minimal", tmp_path, sys.executable)


def script(variant, name, text):
    (variant.folder / "scripts" / name).write_text(text)


def test_nothing_is_done_after_a_fault(variant, capsys):
    done = []
    variant.step("first", lambda: done.append(1))
    variant.step("second", lambda: "a fault")
    variant.step("third", lambda: done.append(3))
    assert done == [1]
    assert [(name, fault) for name, _, fault in variant.steps] == [
        ("first", ""),
        ("second", "a fault"),
    ]
    assert not variant.good
    assert "minimal: second: failed" in capsys.readouterr().out


def test_python_runs_on_the_project_s_own_sources(variant):
    (variant.folder / "src" / "found.py").write_text("print('here')\n")
    assert variant.run("-c", "import found")() is None
    fault = variant.run("-c", "import found, nowhere")()
    assert fault.startswith("here\n")
    assert "No module named 'nowhere'" in fault


@pytest.mark.parametrize(("losses", "good"), [((3, 1), True), ((1, 3), False)])
def test_a_piece_is_trained_by_the_command_that_new_py_gives(variant, losses, good):
    script(variant, "new.py", "import sys\nprint('train it: python scripts/train.py', *sys.argv)\n")
    rows = "\\n".join(f"{i},{loss}" for i, loss in enumerate(sorted(losses * 20, key=losses.index)))
    script(
        variant,
        "train.py",
        "import pathlib, sys\n"
        "pathlib.Path('out').mkdir()\n"
        "pathlib.Path('out/asked').write_text(' '.join(sys.argv[1:]))\n"
        f"pathlib.Path('out/steps.csv').write_text('step,loss\\n{rows}\\n')\n"
        "print('run: out')\n",
    )
    assert variant.write("layer")() is None
    fault = variant.train("layer", "torch")()
    asked = (variant.folder / "out" / "asked").read_text()
    assert asked.startswith("scripts/new.py layer own_layer backend=torch ")
    assert (fault is None) == good
    assert good or "the loss went from 1 to 3" in fault


def test_a_piece_without_a_command_is_a_fault(variant):
    script(variant, "new.py", "print('wrote nothing')\n")
    assert variant.write("layer")() == "wrote nothing\n"


def test_training_that_fails_says_why(variant):
    script(variant, "train.py", "raise SystemExit('error: no')\n")
    variant.commands["data"] = ["scripts/train.py"]
    assert variant.train("data", "jax")() == "error: no\n"


def test_a_step_that_cannot_be_compiled_is_a_fault(variant):
    script(variant, "train.py", "print('the step runs eagerly, slower')\n")
    variant.commands["data"] = ["scripts/train.py"]
    assert variant.train("data", "jax")() == "the step runs eagerly, slower\n"


def test_an_engine_room_that_was_changed(template, git):
    assert touched(template) is None
    (template / "src" / "triceras" / "engine.py").write_text("x\n")
    assert "src/triceras/engine.py" in touched(template)
    git(template, "add", "--all")
    assert "src/triceras/engine.py" in touched(template)


def test_lines_of_a_lab(template, git, monkeypatch):
    git(template, "mv", "src/lab", "src/neurofield")
    git(template, "mv", "tests/lab", "tests/neurofield")
    assert too_long(template) is None
    monkeypatch.setattr(check, "LONGEST_LAB", 5)
    assert "lines in conf/experiment/old.yaml, conf/model/old.yaml" in too_long(template)


@pytest.mark.parametrize("code", [0, 1])
def test_the_table_and_the_exit_code(code, monkeypatch, capsys):
    def fake(variant, root, backends):
        variant.step("all of it", lambda: "it broke" if code else None)

    monkeypatch.setattr(check, "check", fake)
    monkeypatch.setattr(check.project, "settings", lambda: {"lab": "lab"})
    assert check.main(["--variant", "minimal"]) == code
    out = capsys.readouterr().out
    assert "minimal" in out
    assert ("minimal: all of it failed:\nit broke" in out) == bool(code)
    assert out.splitlines()[-1].endswith(" minutes")


def test_a_project_makes_no_projects(monkeypatch, capsys):
    monkeypatch.setattr(check.project, "settings", lambda: {"lab": "own", "commit": "1f2e"})
    monkeypatch.setattr(check, "check", None)
    assert check.main([]) == 0
    assert "made from a template" in capsys.readouterr().out


def test_an_unknown_variant(capsys):
    with pytest.raises(SystemExit):
        check.main(["--variant", "none"])
    assert "invalid choice: 'none'" in capsys.readouterr().err


@pytest.mark.slow
def test_the_script_says_what_it_does():
    root = check.ROOT
    command = [sys.executable, "scripts/project_test.py", "--help"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    assert "--variant" in done.stdout
