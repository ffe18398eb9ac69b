"""A little of a data set, for tests that are over soon."""

import dataclasses
import functools
import json
from typing import Any

from omegaconf import DictConfig, OmegaConf

from triceras.config import build
from triceras.data.dataset import Dataset

HELD_OUT = 100


def little_of(config: DictConfig, rows: int) -> dict[str, Any]:
    """The configuration of the first rows of another one's data set, which needs no option for it.

    Args:
        config: of any data set.
        rows: at most so many to train on.
    """
    return {
        "_target_": f"{__name__}.load",
        "_recursive_": False,
        "source": OmegaConf.to_container(config, resolve=True),
        "rows": rows,
    }


def load(source: dict[str, Any], rows: int) -> Dataset:
    """Cuts each split of a data set; it is loaded once in a process.

    Args:
        source: its configuration.
        rows: at most so many to train on.
    """
    data = loaded(json.dumps(source))
    return dataclasses.replace(
        data,
        train=data.train.first(rows),
        validation=data.validation and data.validation.first(HELD_OUT),
        test=data.test.first(HELD_OUT),
    )


@functools.lru_cache(maxsize=4)
def loaded(source: str) -> Dataset:
    """The whole data set of a configuration in JSON."""
    return build("data", OmegaConf.create(json.loads(source)))
