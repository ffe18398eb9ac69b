"""Composes a configuration that tests ask for again and again once: a tenth of a second each."""

import copy
import os
import re
from collections.abc import Callable, Iterable
from typing import Any

import hydra
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf, open_dict

from triceras.config import own_folder, prepare_hydra
from triceras.testing.composing_groups import compose_groups_once, files

# The folder that a test gives a run of its own, which nothing that is composed depends on.
PLACE = re.compile(r"output_dir=([\w./-]+)")
ANYWHERE = "output_dir=anywhere"

known: dict[Any, DictConfig] = {}


def with_own_part(words: Iterable[str], name: str = "train") -> Any:
    """What Hydra composes, with its own part."""
    prepare_hydra()
    with hydra.initialize_config_dir(str(own_folder()), version_base="1.3"):
        return OmegaConf.to_container(hydra.compose(name, list(words), return_hydra_config=True))


def compose_each_once() -> None:
    """Has Hydra give copies of what it composed before of the same words and the same files."""
    if not hasattr(ConfigLoaderImpl.load_configuration, "of_hydra"):
        ConfigLoaderImpl.load_configuration = remembering(ConfigLoaderImpl.load_configuration)
        compose_groups_once()


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


def put(config: DictConfig, place: re.Match[str]) -> None:
    """Makes a configuration that of a folder."""
    with open_dict(config):
        config.output_dir = place[1]
        job, told = config.hydra.job, config.hydra.overrides
        job.override_dirname = job.override_dirname.replace(ANYWHERE, place[0], 1)
        told.task[list(told.task).index(ANYWHERE)] = place[0]
