"""Composes a configuration that tests ask for again and again once: a tenth of a second each."""

import copy
import os
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra.types import RunMode
from omegaconf import DictConfig, open_dict

# The folder that a test gives a run of its own, which nothing that is composed depends on.
PLACE = re.compile(r"output_dir=([\w./-]+)")
ANYWHERE = "output_dir=anywhere"
FOLDER = "file://"

known: dict[Any, DictConfig] = {}


def compose_each_once() -> None:
    """Has Hydra give copies of what it composed before of the same words and the same files."""
    if not hasattr(ConfigLoaderImpl.load_configuration, "of_hydra"):
        ConfigLoaderImpl.load_configuration = remembering(ConfigLoaderImpl.load_configuration)


def remembering(compose: Callable[..., DictConfig]) -> Any:
    """What composes, with a memory.

    Args:
        compose: Hydra's own method.
    """

    def load_configuration(
        self: ConfigLoaderImpl,
        config_name: str | None,
        overrides: list[str],
        run_mode: RunMode,
        *args: Any,
        **kwargs: Any,
    ) -> DictConfig:
        words = [ANYWHERE if PLACE.fullmatch(word) else word for word in overrides]
        path = [(part.provider, part.path) for part in self.config_search_path.get_path()]
        options = (*args, *kwargs.items())
        state = (os.getcwd(), *path, *files(place for _, place in path))
        key = (config_name, tuple(words), run_mode, options, state)
        if key not in known:
            known[key] = compose(self, config_name, words, run_mode, *args, **kwargs)
        found = copy.deepcopy(known[key])
        for word in overrides:
            if given := PLACE.fullmatch(word):
                put(found, given)
        return found

    load_configuration.of_hydra = compose
    return load_configuration


def files(places: Iterable[str]) -> Iterator[tuple[str, int, int]]:
    """The files of the folders that Hydra searches, their lengths, and when they were written."""
    for place in places:
        # Of what is no folder, as Hydra's own configuration in its package, there are none.
        for folder, _, names in os.walk(place.removeprefix(FOLDER)):
            for name in names:
                path = os.path.join(folder, name)
                state = os.stat(path)
                yield path, state.st_size, state.st_mtime_ns


def put(config: DictConfig, place: re.Match[str]) -> None:
    """Makes a configuration that of a folder."""
    with open_dict(config):
        config.output_dir = place[1]
        job, told = config.hydra.job, config.hydra.overrides
        job.override_dirname = job.override_dirname.replace(ANYWHERE, place[0], 1)
        told.task[list(told.task).index(ANYWHERE)] = place[0]
