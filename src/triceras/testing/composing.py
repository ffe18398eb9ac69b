"""Composes a configuration that tests ask for again and again once: a tenth of a second each."""

import copy
import functools
import os
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import hydra
from omegaconf import DictConfig, open_dict

from triceras import config as configuration

# The folder that a test gives a run of its own, which nothing that is composed depends on.
PLACE = re.compile(r"output_dir=([\w./-]+)")
ANYWHERE = "output_dir=anywhere"

Compose = Callable[..., DictConfig]


def compose_each_once() -> None:
    """Has `hydra.compose` give copies of what it composed before of the same words and files."""
    if not isinstance(hydra.compose, Composed):
        hydra.compose = Composed(hydra.compose)


class Composed:
    """`hydra.compose`, which remembers.

    Args:
        compose: Hydra's own.
    """

    def __init__(self, compose: Compose):
        functools.update_wrapper(self, compose)
        self.compose = compose
        self.known: dict[Any, DictConfig] = {}

    def __call__(
        self,
        config_name: str | None = None,
        overrides: Sequence[str] = (),
        return_hydra_config: bool = False,
        **options: Any,
    ) -> DictConfig:
        if options or not return_hydra_config:
            return self.compose(
                config_name, list(overrides), return_hydra_config=return_hydra_config, **options
            )
        words = [ANYWHERE if PLACE.fullmatch(word) else word for word in overrides]
        key = (config_name, *words, os.getcwd(), *files())
        if key not in self.known:
            self.known[key] = self.compose(config_name, words, return_hydra_config=True)
        found = copy.deepcopy(self.known[key])
        for word in overrides:
            if given := PLACE.fullmatch(word):
                put(found, given, list(overrides))
        return found


def files() -> Iterator[tuple[str, int]]:
    """The configuration's files, and when they were written."""
    for folder in (configuration.PACKAGE, configuration.own_folder()):
        for place, _, names in os.walk(folder):
            for name in names:
                path = Path(place) / name
                yield str(path), path.stat().st_mtime_ns


def put(config: DictConfig, place: re.Match[str], words: list[str]) -> None:
    """Makes a configuration that of a folder, and of the words that name it."""
    with open_dict(config):
        config.output_dir = place[1]
        job, told = config.hydra.job, config.hydra.overrides
        job.override_dirname = job.override_dirname.replace(ANYWHERE, place[0])
        told.task = [word for word in words if not word.lstrip("+~").startswith("hydra.")]
