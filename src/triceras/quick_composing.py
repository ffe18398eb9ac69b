"""Spares Hydra and OmegaConf work whose result is never used or is known: a third of composing."""

import functools
from typing import Any

from hydra._internal import defaults_list as lists
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra.core.default_element import GroupDefault, InputDefault
from hydra.core.object_type import ObjectType
from omegaconf import _utils, base, grammar_parser

make_map = lists._create_interpolation_map
get_group_options = ConfigLoaderImpl.get_group_options
# What a `${...}` means, of which a configuration holds the same one in many places.
parse = functools.lru_cache(4096)(grammar_parser.parse)


def compose_quickly() -> None:
    """Has all that is composed from now on composed so. Calling it again changes nothing."""
    lists._create_interpolation_map = map_where_needed
    kind: Any = ConfigLoaderImpl
    kind.get_group_options = options_of_group
    for module in (base, _utils):
        module.__dict__["parse"] = parse


def options_of_group(
    loader: ConfigLoaderImpl,
    group_name: str,
    results_filter: ObjectType | None = ObjectType.CONFIG,
    config_name: str | None = None,
    overrides: list[str] | None = None,
) -> list[str]:
    """The choices of a group; for `--help` all groups are asked.

    Hydra copies all that it has read so far each time, as another place may be searched, which only
    a configuration or what is typed names.
    """
    if config_name is None and not overrides:
        return loader.repository.get_group_options(group_name, results_filter)
    return get_group_options(loader, group_name, results_filter, config_name, overrides)


def map_where_needed(overrides: Any, defaults_list: list[InputDefault], self_added: bool) -> Any:
    """What a `${...}` in a list of defaults may name; `None` where there is none.

    Hydra makes it for each file, and asks it where an entry of the file's list is `${...}` alone.
    """
    for default in defaults_list:
        if default.is_interpolation() or (
            isinstance(default, GroupDefault) and default.is_options()
        ):
            return make_map(overrides, defaults_list, self_added)
    return None
