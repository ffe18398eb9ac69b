"""What is composed once for many tests is what Hydra would compose for each."""

import hydra
import pytest
from omegaconf import OmegaConf

from triceras import config
from triceras.config import compose
from triceras.testing.composing import Composed, compose_each_once

pytestmark = pytest.mark.once


@pytest.fixture
def composed(monkeypatch):
    """The number of times that Hydra composes, in a list of one."""
    assert isinstance(hydra.compose, Composed)
    of_hydra, times = hydra.compose.compose, [0]

    def counted(*args, **kwargs):
        times[0] += 1
        return of_hydra(*args, **kwargs)

    monkeypatch.setattr(hydra, "compose", Composed(counted))
    return times


def of_hydra(words, name="train"):
    """What Hydra composes, with its own part."""
    config.prepare_hydra()
    with hydra.initialize_config_dir(str(config.own_folder()), version_base="1.3"):
        return OmegaConf.to_container(hydra.compose(name, list(words), return_hydra_config=True))


@pytest.mark.parametrize(
    "words",
    [
        ["experiment=classifier", "output_dir=/a/b-1", "seed=3"],
        ["output_dir=/a", "hydra.job.name=x", "+notes=y"],
        ["output_dir='a b'"],
        [],
    ],
    ids=str,
)
def test_it_is_the_same_each_time(composed, words):
    first = of_hydra([*words, "output_dir=/another"] if "output_dir=/a" in words else words)
    found = of_hydra(words)
    hydra.compose = hydra.compose.compose  # the fixture puts it back
    assert found == of_hydra(words)
    assert found["hydra"]["overrides"]["task"] == [w for w in words if "hydra." not in w]
    assert first["seed"] == found["seed"]


def test_runs_in_folders_of_their_own_are_composed_once(composed):
    one, other = (compose(["experiment=classifier", f"output_dir=/{i}"]) for i in "ab")
    assert composed == [1]
    assert (one.output_dir, other.output_dir) == ("/a", "/b")
    one.seed = 12345
    assert compose(["experiment=classifier", "output_dir=/a"]).seed == other.seed != 12345


def test_other_words_and_other_files_are_composed(composed, tmp_path, monkeypatch):
    (tmp_path / "train.yaml").write_text("seed: 1\n")
    monkeypatch.setenv("TRICERAS_CONF", str(tmp_path))
    assert of_hydra(["seed=2"])["seed"] == 2
    assert of_hydra([])["seed"] == 1
    (tmp_path / "train.yaml").write_text("seed: 34\n")
    assert of_hydra([])["seed"] == 34
    monkeypatch.chdir(tmp_path)
    assert of_hydra([])["hydra"]["runtime"]["cwd"] == str(tmp_path)
    assert composed == [4]


def test_what_is_wrong_is_told_each_time(composed):
    for _ in range(2):
        with pytest.raises(hydra.errors.HydraException, match="no_such"):
            compose(["experiment=no_such"])
    assert composed == [2]


def test_to_ask_for_it_twice_changes_nothing():
    before = hydra.compose
    compose_each_once()
    assert hydra.compose is before
