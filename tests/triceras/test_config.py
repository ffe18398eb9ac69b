import sys

import pytest
from omegaconf import OmegaConf

from triceras.config import PACKAGE, build, compose, files
from triceras.errors import UserError
from triceras.testing import small

pytestmark = pytest.mark.once

FOLDERS = (PACKAGE, small.CONF)
CHOICES = sorted(
    {
        f"{path.parent.relative_to(folder)}={path.stem}"
        for folder in FOLDERS
        for path in folder.glob("*/*.yaml")
        if path.parent.name != "experiment"
    }
)
EXPERIMENTS = sorted(path.stem for path in (small.CONF / "experiment").glob("*.yaml"))


def make(*, size, input_shape=None, classes=None):
    if size < 0:
        raise ValueError("size is\nnegative")
    return size, input_shape, classes


def refuse():
    raise UserError("no: do something else")


def configuration(name, **arguments):
    return OmegaConf.create({"_target_": f"{__name__}.{name}", **arguments})


def test_every_configuration_file_says_how_to_use_it():
    found = [path for folder in FOLDERS for path in folder.rglob("*.yaml")]
    assert len(found) > 30
    for path in found:
        lines = path.read_text().splitlines()
        comments = [line for line in lines[:3] if line.startswith("# ")]
        assert any("python scripts/" in line for line in comments), path


@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_experiment_composes_and_knows_its_name(experiment):
    config = compose([f"experiment={experiment}"])
    assert config.experiment == experiment
    assert config.epochs or config.max_steps


@pytest.mark.parametrize("choice", [choice for choice in CHOICES if choice != "data=images"])
@pytest.mark.slow
def test_every_choice_of_every_group_composes(choice):
    assert "hydra" not in compose([choice])


def test_a_file_of_the_project_wins(tmp_path, monkeypatch):
    monkeypatch.setenv("TRICERAS_CONF", str(tmp_path))
    (tmp_path / "loop").mkdir()
    (tmp_path / "loop" / "fit.yaml").write_text("name: mine\n")
    (tmp_path / "train.yaml").write_text("defaults: [loop: fit]\n")
    assert compose().loop == {"name": "mine"}
    found = files("loop")
    assert list(found) == ["custom", "fit", "fit_custom_step"]
    assert found["fit"] == tmp_path / "loop" / "fit.yaml"
    assert found["custom"] == PACKAGE / "loop" / "custom.yaml"


def test_command_line_wins_over_experiment():
    config = compose(["experiment=autoencoder", "batch_size=7"])
    assert config.data._target_ == "triceras.testing.small.data.load"
    assert (config.data.binarize, config.batch_size) == ("fresh", 7)


def test_build_fills_what_the_target_wants():
    assert build("x", configuration("make", size=2), input_shape=(3,)) == (2, (3,), None)


def test_build_prefers_the_configuration():
    assert build("x", configuration("make", size=2, classes=5), classes=10) == (2, None, 5)


def test_build_ignores_what_the_target_does_not_want():
    assert build("x", configuration("make", size=2), other=1) == (2, None, None)


def test_build_leaves_a_function_for_later_where_it_is_told_to():
    config = {"_target_": f"{__name__}.make", "_partial_": True, "size": 3}
    made = build("loss", OmegaConf.create(config), classes=2)
    assert made(input_shape=(4,)) == (3, (4,), 2)
    assert made.__name__ == "make"


def test_build_says_where_and_why_in_one_line():
    with pytest.raises(UserError, match=r"^model\.x cannot be built: .*make: size is negative$"):
        build("model.x", configuration("make", size=-1))


def test_build_says_which_argument_is_of_a_wrong_kind():
    adam = {"_target_": "keras.optimizers.Adam", "epsilon": ""}
    with pytest.raises(UserError, match=r"^optimizer\.epsilon= is no number \(usual is 1e-07\)$"):
        build("optimizer", OmegaConf.create(adam))


def test_build_names_a_target_that_is_not_there():
    with pytest.raises(UserError, match=r"^model\.x cannot be built: .*nowhere") as caught:
        build("model.x", OmegaConf.create({"_target_": "triceras.nowhere.nothing"}))
    assert "\n" not in str(caught.value)


def leave():
    sys.exit("gone")


def test_build_tells_of_a_target_that_ends_the_command():
    with pytest.raises(
        UserError, match=r"data cannot be built: .*leave ended .* sys\.exit\('gone'\)"
    ):
        build("data", {"_target_": f"{__name__}.leave"})


def test_build_leaves_user_errors_as_they_are():
    with pytest.raises(UserError, match=r"^no: do something else$"):
        build("x", configuration("refuse"))
