"""What is found once for the same choices of files is what Hydra would find each time."""

import hydra
import pytest
from hydra._internal import config_loader_impl
from hydra._internal.config_loader_impl import ConfigLoaderImpl

from triceras.testing.composing import with_own_part
from triceras.testing.composing_groups import FIND, compose_groups_once

pytestmark = pytest.mark.once

MERGE = "_compose_config_from_defaults_list"


@pytest.fixture
def hydras_own(monkeypatch):
    """Hydra as it is without any memory."""
    of_hydra = ConfigLoaderImpl.load_configuration.of_hydra
    monkeypatch.setattr(ConfigLoaderImpl, "load_configuration", of_hydra)
    known = getattr(config_loader_impl, FIND).__self__
    find, merge = known.of_hydra
    monkeypatch.setattr(config_loader_impl, FIND, find)
    monkeypatch.setattr(ConfigLoaderImpl, MERGE, merge)
    return find, merge


@pytest.fixture
def counted(hydras_own, monkeypatch):
    """How often Hydra has found and merged files, now that both are remembered."""
    times = {FIND: 0, MERGE: 0}

    def counting(name, function):
        def count(*args, **kwargs):
            times[name] += 1
            return function(*args, **kwargs)

        return count

    find, merge = hydras_own
    monkeypatch.setattr(config_loader_impl, FIND, counting(FIND, find))
    monkeypatch.setattr(ConfigLoaderImpl, MERGE, counting(MERGE, merge))
    compose_groups_once()
    return times


CHOICES = [
    ("experiment=classifier",),
    ("experiment=classifier", "~callback"),
    ("experiment=classifier", "loop=fit", "hydra/job_logging=none"),
]
VALUES = [
    (),
    ("seed=3",),
    ("seed=4", "+notes=y", "~epochs", "hydra.job.name=x", "++model.extra={a: [1]}"),
]


@pytest.mark.slow
def test_it_is_what_hydra_composes(counted, hydras_own, monkeypatch):
    every = [(*choice, *value) for choice in CHOICES for value in VALUES]
    found = [with_own_part(words) for words in every]
    assert counted == {FIND: len(CHOICES), MERGE: len(CHOICES)}
    # What was told values was a copy.
    assert found == [with_own_part(words) for words in every]
    find, merge = hydras_own
    monkeypatch.setattr(config_loader_impl, FIND, find)
    monkeypatch.setattr(ConfigLoaderImpl, MERGE, merge)
    assert found == [with_own_part(words) for words in every]


def test_other_files_are_found(counted, tmp_path, monkeypatch):
    monkeypatch.setenv("TRICERAS_CONF", str(tmp_path))
    for seed in (1, 23):
        (tmp_path / "train.yaml").write_text(f"seed: {seed}\n")
        assert with_own_part([])["seed"] == seed
    (tmp_path / "other.yaml").write_text("other: 5\n")
    assert with_own_part([], "other")["other"] == 5
    assert counted == {FIND: 3, MERGE: 3}


@pytest.mark.parametrize("word", ["experiment=no_such", "~no_such", "no_such=1"])
def test_what_is_wrong_is_told_each_time(counted, word):
    for _ in range(2):
        with pytest.raises(hydra.errors.HydraException):
            with_own_part(["experiment=classifier", word])
