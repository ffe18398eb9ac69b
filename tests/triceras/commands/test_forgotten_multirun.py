import pytest
from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import OmegaConf

from triceras.commands.forgotten_multirun import check_multirun
from triceras.errors import UserError

pytestmark = pytest.mark.once


def typed(monkeypatch, *words, mode=RunMode.RUN):
    overrides = {
        "task": [word for word in words if not word.startswith("hydra")],
        "hydra": [word for word in words if word.startswith("hydra")],
    }
    config = OmegaConf.create({"mode": mode, "overrides": overrides})
    monkeypatch.setattr(HydraConfig, "initialized", staticmethod(lambda: True))
    monkeypatch.setattr(HydraConfig, "get", staticmethod(lambda: config))
    monkeypatch.setattr("sys.argv", ["scripts/train.py", *words])


@pytest.mark.parametrize(
    "word", ["sweep=optuna", "+sweep=seeds", "hydra/launcher=local", "hydra.sweeper.n_trials=3"]
)
def test_what_only_a_sweep_has_asks_for_one(word, monkeypatch):
    typed(monkeypatch, "seed=1", word)
    with pytest.raises(UserError) as caught:
        check_multirun()
    said = f"of a sweep, and this is a single run: python scripts/train.py -m seed=1 {word}"
    assert said in str(caught.value)


@pytest.mark.parametrize(
    "word", ["seed=1", "sweep_id=a", "sweep.fail_fast=true", "hydra.verbose=1"]
)
def test_other_words_are_of_any_run(word, monkeypatch):
    typed(monkeypatch, word)
    check_multirun()


def test_a_sweep_has_them(monkeypatch):
    typed(monkeypatch, "sweep=optuna", mode=RunMode.MULTIRUN)
    check_multirun()
