"""What is composed once for many tests is what Hydra would compose for each."""

import hydra
import pytest
from hydra._internal.config_loader_impl import ConfigLoaderImpl

from triceras.config import compose
from triceras.testing import composing
from triceras.testing.composing import compose_each_once, remembering, with_own_part

pytestmark = pytest.mark.once


@pytest.fixture
def composed(monkeypatch):
    """What Hydra composes, the words of each time."""
    of_hydra, times = ConfigLoaderImpl.load_configuration.of_hydra, []

    def counted(self, config_name, overrides, *args, **kwargs):
        times.append(overrides)
        return of_hydra(self, config_name, overrides, *args, **kwargs)

    monkeypatch.setattr(composing, "known", {})
    monkeypatch.setattr(ConfigLoaderImpl, "load_configuration", remembering(counted))
    return times


@pytest.mark.parametrize(
    "words",
    [
        ["experiment=classifier", "output_dir=/a/b-1", "seed=3"],
        ["output_dir=/a", "hydra.job.name=x", "output_dir=/b", "+notes=y"],
        ["output_dir='a b'"],
        ["output_dir=anywhere"],
        [],
    ],
    ids=str,
)
def test_it_is_the_same_each_time(composed, words, monkeypatch):
    with_own_part([word.replace("/", "/another/") for word in words])
    found = [with_own_part(words) for _ in range(2)]
    assert len(composed) == 1
    of_hydra = ConfigLoaderImpl.load_configuration.of_hydra
    monkeypatch.setattr(ConfigLoaderImpl, "load_configuration", of_hydra)
    assert found == 2 * [with_own_part(words)]


def test_runs_in_folders_of_their_own_are_composed_once(composed):
    one, other = (compose(["experiment=classifier", f"output_dir=/{i}"]) for i in "ab")
    assert len(composed) == 1
    assert (one.output_dir, other.output_dir) == ("/a", "/b")
    one.seed = 12345
    assert compose(["experiment=classifier", "output_dir=/a"]).seed == other.seed != 12345


def test_a_script_is_told_what_a_test_has_composed(composed, run_script):
    words = ["experiment=classifier", "seed=57", "--cfg", "job"]
    first = run_script("train.py", *words)
    assert first.stdout == run_script("train.py", *words).stdout
    assert "seed: 57" in first.stdout
    assert len(composed) == len({(*each,) for each in composed})


def test_other_words_and_other_files_are_composed(composed, tmp_path, monkeypatch):
    (tmp_path / "train.yaml").write_text("seed: 1\n")
    monkeypatch.setenv("TRICERAS_CONF", str(tmp_path))
    assert with_own_part(["seed=2"])["seed"] == 2
    assert with_own_part([])["seed"] == 1
    (tmp_path / "train.yaml").write_text("seed: 34\n")
    assert with_own_part([])["seed"] == 34
    monkeypatch.chdir(tmp_path)
    assert with_own_part([])["hydra"]["runtime"]["cwd"] == str(tmp_path)
    assert len(composed) == 4


def test_what_is_wrong_is_told_each_time(composed):
    for _ in range(2):
        with pytest.raises(hydra.errors.HydraException, match="no_such"):
            compose(["experiment=no_such"])
    assert len(composed) == 2


def test_to_ask_for_it_twice_changes_nothing():
    before = ConfigLoaderImpl.load_configuration
    compose_each_once()
    assert ConfigLoaderImpl.load_configuration is before
