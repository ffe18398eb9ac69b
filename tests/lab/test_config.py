"""The project's own `conf/`, and the package's groups with it."""

import pytest

from triceras import project
from triceras.config import compose, files, own_folder

pytestmark = pytest.mark.once

EXPERIMENTS = list(files("experiment"))
CHOICES = [name for name in files() if name.count("/") == 1 and not name.startswith("experiment/")]
# What no run chooses by itself.
ADDED = ("layer", "objective")
PARTS = tuple(f"{name}/" for name in ADDED)


def test_every_configuration_file_says_how_to_use_it():
    found = list(own_folder().rglob("*.yaml"))
    assert found
    for path in found:
        lines = path.read_text().splitlines()
        comments = [line for line in lines[:3] if line.startswith("# ")]
        assert any("python scripts/" in line for line in comments), (
            f"{path}: none of its first three lines is a comment that says how to use it, as in "
            f"# python scripts/train.py {'+' if path.parent.name in ADDED else ''}"
            f"{path.parent.name}={path.stem} (see docs/triceras/inherited_tests.md)"
        )


@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_every_experiment_says_how_to_run_it(experiment):
    lines = files("experiment")[experiment].read_text().splitlines()
    text = " ".join(line for line in lines if line.startswith("#"))
    assert f"experiment={experiment}" in text, f"no comment has experiment={experiment}"
    if project.is_template():
        assert "on 2 cores" in text, "how long it takes, and what it reaches"


@pytest.mark.slow
@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_experiment_composes_and_knows_its_name(experiment):
    config = compose([f"experiment={experiment}"])
    assert config.experiment == experiment
    assert config.epochs or config.max_steps


@pytest.mark.parametrize("choice", CHOICES)
@pytest.mark.slow
def test_every_choice_of_every_group_composes(choice):
    added = "+" if choice.startswith(PARTS) else ""
    assert "hydra" not in compose([added + choice.replace("/", "=")])
