import pytest
from hydra.core.hydra_config import HydraConfig
from omegaconf import OmegaConf

from triceras.checkpoints.resume import take_from_environment
from triceras.config import compose, prepare_hydra
from triceras.environment import environment, set_now
from triceras.words import keys_of

pytestmark = pytest.mark.once

# What each of W&B's variables is in the configuration.
VARIABLES = {
    "WANDB_MODE": ("mode", "disabled"),
    "WANDB_PROJECT": ("project", "mine"),
    "WANDB_ENTITY": ("entity", "team"),
    "WANDB_RUN_GROUP": ("group", "some"),
    "WANDB_JOB_TYPE": ("job_type", "debugging"),
    "WANDB_TAGS": ("tags", "a,b"),
    "WANDB_NOTES": ("notes", "why"),
    "WANDB_NAME": ("name", "first"),
    "WANDB_DIR": ("dir", "/elsewhere"),
    "WANDB_INIT_TIMEOUT": ("timeout", 7),
    "WANDB_FINISH_TIMEOUT": ("upload_timeout", 2.5),
}


@pytest.fixture(autouse=True)
def unset(monkeypatch):
    prepare_hydra()
    for variable in VARIABLES:
        monkeypatch.delenv(variable, raising=False)


def set_all(monkeypatch):
    for variable, (_, value) in VARIABLES.items():
        monkeypatch.setenv(variable, str(value))


def test_variables_of_wandb_are_respected(monkeypatch):
    default = compose(["notes=said"]).logger
    assert (default.mode, default.project, default.notes) == ("offline", "small", "said")
    assert list(default.tags) == [compose().experiment, "jax"]
    set_all(monkeypatch)
    logger = compose(["sweep_id=5"]).logger
    assert {key: logger[key] for key, _ in VARIABLES.values()} == dict(VARIABLES.values())


@pytest.mark.slow
def test_the_command_line_wins_over_them(monkeypatch):
    set_all(monkeypatch)
    for key, _ in VARIABLES.values():
        assert compose([f"logger.{key}=5"]).logger[key] == 5
    logger = compose(["project=typed", "notes=typed"]).logger
    assert (logger.project, logger.notes, logger.mode) == ("typed", "typed", "disabled")


@pytest.mark.parametrize(
    ("value", "default", "result"),
    [("", "x", "x"), ("3", 1, 3), ("2.5", 1, 2.5), ("soon", 1, "soon"), ("3", "x", "3")],
)
def test_a_number_where_the_default_is_one(monkeypatch, value, default, result):
    monkeypatch.setenv("WANDB_NAME", value)
    assert environment("WANDB_NAME", default) == result


def test_a_resumed_run_follows_the_environment_of_today(monkeypatch):
    monkeypatch.setattr(HydraConfig.instance(), "cfg", None)
    composed = OmegaConf.create(
        {
            "project": "triceras",
            "logger": {
                "_target_": "x",
                "mode": "${environment:WANDB_MODE,offline}",
                "project": "${environment:WANDB_PROJECT,${project},project}",
            },
        }
    )
    saved = OmegaConf.create({"logger": {"_target_": "x", "mode": "online", "project": "old"}})
    monkeypatch.setenv("WANDB_MODE", "disabled")
    assert set_now(composed, set()) == ["logger.mode"]
    monkeypatch.setenv("WANDB_PROJECT", "mine")
    take_from_environment(composed, saved, keys_of(["train.py", "project=old", "seed=1"]))
    assert saved.logger == {"_target_": "x", "mode": "disabled", "project": "old"}
    other = OmegaConf.create({"logger": {"_target_": "y"}})
    take_from_environment(composed, other, set())
    assert other.logger == {"_target_": "y"}
