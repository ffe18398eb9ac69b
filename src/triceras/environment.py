"""Settings that an environment variable sets where nobody has typed them."""

import os
import re
from typing import Any

import yaml
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf

from triceras.words import keys_of

REFERENCE = re.compile(r"\$\{environment:(\w+),.*?(?:,(\w+))?\}$")


def environment(variable: str, default: Any = None, key: str | None = None) -> Any:
    """What `${environment:VARIABLE,default,key}` stands for in a configuration.

    Args:
        variable: name of an environment variable; one that is empty counts as not set.
        default: the value where it is not set.
        key: of another setting, for example `project`. Where that was typed, `default`, which
            refers to it, wins over the variable.

    Returns:
        A text, or a number where `default` is one and the text is.
    """
    value = os.environ.get(variable)
    if not value or (key is not None and key in typed_keys()):
        return OmegaConf.create(default) if isinstance(default, list) else default
    if isinstance(default, int | float):
        number = yaml.safe_load(value)
        return number if isinstance(number, int | float) else value
    return value


def typed_keys() -> set[str]:
    """The keys that were typed on the command line."""
    return keys_of(HydraConfig.get().overrides.task) if HydraConfig.initialized() else set()


def typed_in(group: str) -> frozenset[str]:
    """The settings of a group that were typed on the command line, as `classes` of `data`."""
    keys = (key.split(".") for key in typed_keys())
    return frozenset(parts[1] for parts in keys if parts[0] == group and len(parts) > 1)


def chosen_in(group: str) -> str | None:
    """The file of a group that the configuration was composed of; `None` where there is none."""
    found = HydraConfig.get().runtime.choices.get(group) if HydraConfig.initialized() else None
    return None if found in (None, "null") else str(found)


def set_now(config: DictConfig, typed: set[str]) -> list[str]:
    """The keys that variables of today's environment set.

    Args:
        config: not yet resolved.
        typed: keys that someone has typed, which win.
    """
    found = []
    for group in config:
        part = OmegaConf.to_container(config, resolve=False)[group]  # pyright: ignore
        for name, value in part.items() if isinstance(part, dict) else ():
            reference = REFERENCE.match(value) if isinstance(value, str) else None
            keys = {f"{group}.{name}", reference[2]} if reference else set()
            if reference and os.environ.get(reference[1]) and not keys & typed:
                found.append(f"{group}.{name}")
    return found
