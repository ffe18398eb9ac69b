"""Words that set what a resumed run has, and what is composed without it may lack."""

import contextlib
from collections.abc import Sequence
from pathlib import Path

from omegaconf import DictConfig, OmegaConf
from yaml import YAMLError

from triceras.commands.unknown import parsed
from triceras.words import keys_of

# With one of these, the data are those that are typed.
CHOICES = {"data", "experiment", "debug"}
ABSENT = object()


def with_keys_of_run(words: Sequence[str]) -> list[str]:
    """Words that can be composed though the data of a resumed run are not those of today.

    What is typed is put in the run's own configuration, but before that Hydra composes it, and
    knows nothing of the run: of its `data.path` it would say that there is no such key.

    Args:
        words: of the command line.

    Returns:
        The same, with `++` before those that set a key of the run's data.
    """
    if CHOICES & keys_of(words) or not any(one.startswith("data.") for one in words):
        return [*words]
    data = data_of(next((one for one in words if one.startswith("resume=")), ""))
    return [f"++{one}" if sets_one_of(data, one) else one for one in words]


def data_of(resume: str) -> DictConfig:
    """The configuration of the data of the run that a word `resume=<folder>` names, or none."""
    data = None
    for override in parsed([resume]):
        # What cannot be read is said when the run is looked for.
        with contextlib.suppress(OSError, ValueError, AttributeError, YAMLError):
            config = OmegaConf.load(Path(str(override.value())) / "config.yaml")
            data = config.data if isinstance(config, DictConfig) else None
    return data if isinstance(data, DictConfig) else OmegaConf.create()


def sets_one_of(data: DictConfig, one: str) -> bool:
    """Whether a word sets a key that data have."""
    key = one.partition("=")[0]
    if "=" not in one or not key.startswith("data."):
        return False
    return OmegaConf.select(data, key.removeprefix("data."), default=ABSENT) is not ABSENT
