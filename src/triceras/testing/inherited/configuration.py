"""The configuration in which a model, an experiment or a data set is tested."""

import os
from typing import Any

from omegaconf import DictConfig, OmegaConf, open_dict

from triceras.config import compose, files
from triceras.testing.inherited.deviations import Deviations
from triceras.testing.inherited.little import little_of
from triceras.testing.inherited.subjects import Subject, experiment_with

STEPS = 100
# Enough for several epochs in `STEPS` steps.
STEPS_IN_EPOCH = 20
QUIET = ("logger=csv", "figures=none")
CHECKPOINTS = "triceras.checkpoints.checkpoints.Checkpoints"


class UntestableError(Exception):
    """Something is missing on this machine; the message says what."""


def configuration(subject: Subject, backend: str) -> tuple[DictConfig, Deviations]:
    """Composes what a subject is tested in, on a little of its own data.

    Args:
        subject: a model, an experiment or a data set.
        backend: the backend of this process.

    Returns:
        The configuration of a run, and all that its files say about tests.

    Raises:
        UntestableError: its data is in a file that is not here.
        UserError: something is wrong with what a file says about tests.
    """
    words = [*chosen(subject), f"backend={backend}", *QUIET]
    config = compose(words)
    deviations = said(subject, config)
    more = [f"data={deviations.get('data')}"] if deviations.get("data") else []
    more += deviations.get("overrides", [])
    if more:
        config = compose([*words, *more])
    with open_dict(config):
        bring_file(config, subject)
        config.data = little_of(config.data, STEPS_IN_EPOCH * config.batch_size)
        config.epochs = None
        config.max_steps = deviations.get("steps", STEPS)
        config.progress_bar = False
        fix_schedules(config.optimizer, config.max_steps)
        config.log_every = 1
    return config, deviations


def fix_schedules(optimizer: Any, steps: int) -> None:
    """Lets learning rates that fall over a run do so in shorter ones as in that of all steps."""
    if "decay_steps" in optimizer and optimizer.decay_steps is None:
        optimizer.decay_steps = max(steps - (optimizer.get("warmup_steps") or 0), 1)
    for value in optimizer.values():
        if isinstance(value, DictConfig):
            fix_schedules(value, steps)


def chosen(subject: Subject) -> list[str]:
    """What is typed to train it."""
    if subject.kind == "model":
        experiment = experiment_with(subject)
        return [*([f"experiment={experiment}"] if experiment else []), f"model={subject.name}"]
    return [f"{subject.kind}={subject.name}"]


def said(subject: Subject, config: DictConfig) -> Deviations:
    """What is said of a model by its own file, and of an experiment by that of its model too."""
    found = Deviations()
    where = subject.file if subject.kind == "model" else f"the model of {subject.file}"
    found.add("model", plain(config.model.get("tests")), where)
    if subject.kind == "experiment":
        found.add("experiment", plain(config.get("tests")), subject.file)
    return found


def plain(config: Any) -> Any:
    """A configuration as dictionaries and lists."""
    return OmegaConf.to_container(config) if OmegaConf.is_config(config) else config


def bring_file(config: DictConfig, subject: Subject) -> None:
    """Gives data that is in a file the path that an environment variable names."""
    tests = Deviations().add("data", plain(config.data.get("tests")), "the data's YAML file")
    variable = tests.get("file")
    if variable is not None and variable not in os.environ:
        raise UntestableError(f"the data of {subject} is in a file, which {variable} does not name")
    if variable is not None:
        config.data.path = os.environ[variable]
    if missing := sorted(OmegaConf.missing_keys(config.data)):
        raise UntestableError(f"the data of {subject} has no value for {', '.join(missing)}")


def in_loop(config: DictConfig, name: str) -> DictConfig:
    """The same run in another loop, without checkpoints."""
    other = config.copy()
    with open_dict(other):
        other.loop = OmegaConf.load(files("loop")[name])
        if "steps_per_call" in other.loop:
            other.loop.steps_per_call = other.max_steps
        for key in [k for k, callback in other.callback.items() if saves(callback)]:
            del other.callback[key]
        other.figures.draw = {}
    return other


def with_checkpoint_half_way(config: DictConfig, output_dir: str) -> DictConfig:
    """The same run in the custom loop, which is saved when at least half of its steps are taken."""
    other = in_loop(config, "custom")
    half = max(config.max_steps // 2, 1)
    with open_dict(other):
        other.output_dir = output_dir
        other.loop.steps_per_call = half
        other.callback.checkpoints = {
            "_target_": CHECKPOINTS,
            "monitor": config.monitor,
            "mode": config.monitor_mode,
            "every_minutes": None,
            "every_steps": half,
            "keep": config.max_steps,
        }
    return other


def saves(callback: Any) -> bool:
    """Whether a callback is that of the checkpoints."""
    return callback.get("_target_") == CHECKPOINTS


def parity_steps(config: DictConfig) -> int:
    """How many steps backends and loops are compared in, which scripts/parity.py is told too."""
    return min(config.max_steps, config.get("steps") or config.max_steps)


def tolerance(config: DictConfig, deviations: Deviations, part: str) -> float:
    """What is allowed between two curves.

    Args:
        config: may hold tolerances of scripts/parity.py.
        deviations: what is said comes first.
        part: `loss` between backends, `loops` between loops.
    """
    own = OmegaConf.select(config, f"tolerance.{part}")
    return deviations.get("tolerance", 1e-5 if own is None else own)
