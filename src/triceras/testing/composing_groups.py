"""Composes the files that a configuration's groups choose once, before it is told other values."""

import copy
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from hydra._internal import config_loader_impl
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra._internal.config_repository import IConfigRepository
from hydra._internal.defaults_list import DefaultsList, Overrides
from hydra.core.override_parser.types import Override
from omegaconf import DictConfig

FOLDER = "file://"
# Where Hydra calls what lists the files.
FIND = "create_defaults_list"


class Known:
    """What Hydra found for choices of files, and what it made of each.

    Args:
        find: Hydra's own function that lists the files of a configuration.
        merge: Hydra's own method that makes one configuration of them.
    """

    def __init__(self, find: Callable[..., DefaultsList], merge: Callable[..., DictConfig]):
        self.of_hydra = find, merge
        self.lists: dict[Any, DefaultsList] = {}
        # With the list that each is of, so that no other one is ever where that was.
        self.merged: dict[int, tuple[Any, DictConfig]] = {}

    def find(
        self,
        repo: IConfigRepository,
        config_name: str | None,
        overrides_list: list[Override],
        *args: Any,
        **kwargs: Any,
    ) -> DefaultsList:
        """The files of a configuration; those that were chosen by the same words are known."""
        values = Overrides(repo, overrides_list).config_overrides
        told = {id(word) for word in values}
        choices = tuple(word.input_line for word in overrides_list if id(word) not in told)
        places = [source.path for source in repo.get_sources()]
        state = (*places, *files(places))
        key = (config_name, choices, args, tuple(kwargs.items()), state)
        if key not in self.lists:
            find, _ = self.of_hydra
            self.lists[key] = find(repo, config_name, overrides_list, *args, **kwargs)
        found = copy.copy(self.lists[key])
        found.config_overrides = values
        return found

    def merge(
        self, loader: ConfigLoaderImpl, defaults: Sequence[Any], repo: IConfigRepository
    ) -> DictConfig:
        """A configuration, as it is before values are set."""
        if id(defaults) not in self.merged:
            _, merge = self.of_hydra
            self.merged[id(defaults)] = defaults, merge(loader, defaults, repo)
        _, merged = self.merged[id(defaults)]
        return copy.deepcopy(merged)


def compose_groups_once() -> None:
    """Has Hydra do so in this process."""
    names = config_loader_impl.__dict__
    known = Known(names[FIND], ConfigLoaderImpl._compose_config_from_defaults_list)
    names[FIND] = known.find

    def merge(self: ConfigLoaderImpl, defaults: Any, repo: IConfigRepository) -> DictConfig:
        return known.merge(self, defaults, repo)

    ConfigLoaderImpl._compose_config_from_defaults_list = merge


def files(places: Iterable[str]) -> Iterator[tuple[str, int, int]]:
    """The files of the folders that Hydra searches, their lengths, and when they were written."""
    for place in places:
        # Of what is no folder, as Hydra's own configuration in its package, there are none.
        for folder, _, names in os.walk(place.removeprefix(FOLDER)):
            for name in names:
                path = os.path.join(folder, name)
                state = os.stat(path)
                yield path, state.st_size, state.st_mtime_ns
