import pytest
from omegaconf import OmegaConf

from triceras.config import FOLDER, build, compose
from triceras.errors import UserError

pytestmark = pytest.mark.once

EXPERIMENTS = sorted(
    str(path.relative_to(FOLDER / "experiment").with_suffix(""))
    for path in (FOLDER / "experiment").rglob("*.yaml")
)


def make(*, size, input_shape=None, classes=None):
    if size < 0:
        raise ValueError("size is\nnegative")
    return size, input_shape, classes


def refuse():
    raise UserError("no: do something else")


def configuration(name, **arguments):
    return OmegaConf.create({"_target_": f"{__name__}.{name}", **arguments})


def test_every_configuration_file_says_how_to_use_it():
    files = list(FOLDER.rglob("*.yaml"))
    assert len(files) > 20
    for path in files:
        lines = path.read_text().splitlines()
        comments = [line for line in lines[:3] if line.startswith("# ")]
        assert any("python scripts/" in line for line in comments), path


@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_every_experiment_says_its_time_and_result(experiment):
    comments = [
        line
        for line in (FOLDER / "experiment" / f"{experiment}.yaml").read_text().splitlines()
        if line.startswith("#")
    ]
    text = " ".join(comments)
    assert f"experiment={experiment}" in text
    assert "on 2 cores" in text


@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_experiment_composes_and_knows_its_name(experiment):
    config = compose([f"experiment={experiment}"])
    assert config.experiment == experiment
    assert config.epochs or config.max_steps


@pytest.mark.parametrize(
    "override",
    [
        f"{path.parent.relative_to(FOLDER)}={path.stem}"
        for path in sorted(FOLDER.glob("*/*.yaml"))
        if path.parent.name not in ("experiment", "hydra")
    ],
)
def test_every_choice_of_every_group_composes(override):
    config = compose([override])
    assert "hydra" not in config


def test_command_line_wins_over_experiment():
    config = compose(["experiment=autoencoder", "data=digits", "batch_size=7"])
    assert config.data._target_ == "lab.data.digits.load"
    assert config.batch_size == 7


def test_build_fills_what_the_target_wants():
    assert build("x", configuration("make", size=2), input_shape=(3,)) == (2, (3,), None)


def test_build_prefers_the_configuration():
    assert build("x", configuration("make", size=2, classes=5), classes=10) == (2, None, 5)


def test_build_ignores_what_the_target_does_not_want():
    assert build("x", configuration("make", size=2), other=1) == (2, None, None)


def test_build_says_where_and_why_in_one_line():
    with pytest.raises(UserError, match=r"^model\.x cannot be built: .*make: size is negative$"):
        build("model.x", configuration("make", size=-1))


def test_build_names_a_target_that_is_not_there():
    with pytest.raises(UserError, match=r"^model\.x cannot be built: .*nowhere") as caught:
        build("model.x", OmegaConf.create({"_target_": "triceras.nowhere.nothing"}))
    assert "\n" not in str(caught.value)


def test_build_leaves_user_errors_as_they_are():
    with pytest.raises(UserError, match=r"^no: do something else$"):
        build("x", configuration("refuse"))
