import shutil
import tomllib
from pathlib import Path

import pytest

from triceras.config import ROOT
from triceras.scaffold.git import git as run_git
from triceras.scaffold.minimal import NAMES, minimise, without_shipped, without_shipped_groups
from triceras.scaffold.write import KINDS

pytestmark = [pytest.mark.once, pytest.mark.slow]


@pytest.fixture(scope="module")
def minimal(tmp_path_factory, committed, commit):
    """What is left of the template, to be looked at."""
    template = Path(shutil.copytree(committed, tmp_path_factory.mktemp("minimal") / "template"))
    files = {
        "tests/lab/test_all.py": "assert True\n",
        "tests/lab/test_docs.py": "",
        "docs/results.md": "Of lab.\n",
        "docs/triceras/map.md": "A map.\n",
        "benchmarks/peers/a.py": "",
        "benchmarks/loops/a.py": "",
    }
    commit(template, files)
    for folder in ("benchmarks/peers", "src/lab/models"):
        (template / folder / "__pycache__").mkdir(parents=True)
        (template / folder / "__pycache__" / "a.cpython-311.pyc").touch()
    minimise(template)
    return template


def files_of(root):
    run_git(root, "add", "--all")
    return set(run_git(root, "ls-files").split())


def test_what_python_has_left_of_what_is_gone_is_gone_too(minimal):
    assert not (minimal / "benchmarks" / "peers").exists()
    assert (minimal / "src" / "lab" / "models").is_dir()


def test_one_piece_of_each_kind_is_left(minimal):
    found = files_of(minimal)
    for path in (
        "src/lab/__init__.py",
        "src/lab/data/spiral.py",
        "src/lab/layers/__init__.py",
        "src/lab/layers/residual.py",
        "src/lab/models/perceptron.py",
        "src/lab/objectives/focal_loss.py",
        "tests/lab/layers/test_residual.py",
        "tests/lab/objectives/test_focal_loss.py",
        "conf/train.yaml",
        "conf/data/spiral.yaml",
        "conf/model/perceptron.yaml",
        "conf/experiment/spiral.yaml",
    ):
        assert path in found
    gone = (
        "guides/",
        "benchmarks/peers",
        "src/lab/models/o",
        "tests/lab/models/",
        "docs/results",
        "tests/lab/test_d",
    )
    assert not [path for path in found if path.startswith(gone) or "/old" in path]
    assert set(NAMES) == set(KINDS)


def test_what_holds_for_any_lab_is_kept(minimal):
    assert {"tests/lab/test_all.py", "docs/triceras/map.md", "benchmarks/loops/a.py"} <= files_of(
        minimal
    )
    assert not run_git(minimal, "diff", "HEAD", "--", "src/triceras", "tests/triceras", "scripts")


def test_nothing_of_the_templates_names_is_left(minimal):
    for path in files_of(minimal):
        if path.startswith(("src/lab", "tests/lab", "conf")):
            text = (minimal / path).read_text()
            assert "example_" not in text
            assert "Example" not in text
            assert "triceras.scaffold" not in text
    assert "project: lab" in (minimal / "conf" / "train.yaml").read_text()


def test_what_is_marked_as_shipped_leaves_the_readme(minimal):
    text = (minimal / "README.md").read_text()
    assert "shipped" not in text
    assert "Train the lab's own." not in text
    assert text.endswith("## Use\n\nLook into `src/lab/models`.\n")


def test_the_project_asks_for_nothing_that_was_shipped(minimal):
    lines = (minimal / "requirements.txt").read_text().splitlines()
    assert all(line.startswith("#") for line in lines)
    text = (minimal / "pyproject.toml").read_text()
    assert "guides" not in text
    assert "moved" not in text
    assert 'lab = "lab"' in text


def test_the_project_s_own_pyproject_keeps_its_sense():
    before = (ROOT / "pyproject.toml").read_text()
    after = tomllib.loads(without_shipped(before))
    assert "moved" not in after["tool"]["triceras"]
    assert "guides" not in after["tool"]["pyright"]["include"]
    assert "executionEnvironments" not in after["tool"]["pyright"]
    ignores = after["tool"]["ruff"]["lint"]["per-file-ignores"]
    assert ignores
    assert not [path for path in ignores if "guides" in path]
    before = tomllib.loads(before)
    assert after["project"] == before["project"]
    assert after["tool"]["pytest"] == before["tool"]["pytest"]
    assert after["tool"]["setuptools"] == before["tool"]["setuptools"]


def test_the_front_page_names_no_folder_that_is_gone():
    text = without_shipped_groups((ROOT / "README.md").read_text())
    house = text.partition("src/triceras/ ")[0]
    for gone in ("figures", "optimizer", "steps"):
        assert gone not in house
    assert "conf/               YOUR NUMBERS: data, model, experiment; one group a folder" in text
