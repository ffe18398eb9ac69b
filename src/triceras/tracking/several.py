"""The trackers that a configuration names: one, or several at once.

The section `logger` holds each tracker under a name of its own, with `_target_`, and beside them
the settings, which those of them take that know a setting of this name. So `logger.log_every=1` is
of all of `logger=[wandb,tensorboard]`, and `+logger.tensorboard.log_every=1` of one.
"""

import inspect
import pkgutil
from collections.abc import Mapping
from typing import Any

from omegaconf import DictConfig, OmegaConf

from triceras.config import build, check_target, files
from triceras.errors import UserError
from triceras.tracking.tracker import Tracker

SECTION = "logger"


def build_trackers(section: DictConfig) -> list[Tracker]:
    """Makes the trackers of a configuration.

    Args:
        section: as in `conf/logger/`, also of a run of an older version, which knew one tracker.

    Raises:
        UserError: one cannot be made, or a setting is of none of them.
    """
    check_section(section)
    if "_target_" in section:
        return [build(SECTION, section)]
    parts = parts_of(section)
    settings = {name: value for name, value in resolved(section).items() if name not in parts}
    for name in settings:
        if not any(takes(part, name) for part in parts.values()):
            raise UserError(
                f"{SECTION}.{name} has no effect, as {', '.join(parts)} has no such setting: leave "
                "it out"
            )
    return [
        # By the section's name, as that is where a person sets it.
        build(SECTION, chosen_for(part, settings))
        for part in parts.values()
    ]


def chosen_for(part: DictConfig, settings: Mapping[str, Any]) -> DictConfig:
    """What a tracker is built with: its own settings, and those of all that it knows."""
    known = {name: value for name, value in settings.items() if takes(part, name)}
    return OmegaConf.create(known | resolved(part))


def resolved(config: DictConfig) -> dict[str, Any]:
    """A part of a configuration that can leave its place in it."""
    return OmegaConf.to_container(config, resolve=True)  # pyright: ignore[reportReturnType]


def check_section(section: Any) -> None:
    """Checks that a section names trackers.

    Raises:
        UserError: it does not, or holds one that can only be alone.
    """
    parts = parts_of(section) if isinstance(section, DictConfig) else {}
    if not parts:
        check_target(SECTION, section)
    elif "_target_" in section and (beside := sorted(set(parts) & set(files(SECTION)))):
        raise UserError(
            f"{SECTION}={section['_target_']} can only be alone, and {', '.join(beside)} is beside "
            f"it: in its file of conf/{SECTION}, put _target_ under a name of its own"
        )


def parts_of(section: Mapping[Any, Any]) -> dict[str, DictConfig]:
    """The trackers of a section, by name."""
    return {
        str(name): part
        for name, part in section.items()
        if isinstance(part, DictConfig) and "_target_" in part
    }


def targets_of(section: Any) -> set[str]:
    """What a section names, each by the dotted name of its class."""
    if not isinstance(section, DictConfig):
        return set()
    alone = {section["_target_"]} if "_target_" in section else set()
    return alone or {part["_target_"] for part in parts_of(section).values()}


def takes(part: DictConfig, name: str) -> bool:
    """Whether a tracker has a setting."""
    try:
        parameters = inspect.signature(pkgutil.resolve_name(part["_target_"])).parameters
    except Exception:
        # Who builds it says better what is wrong with it.
        return True
    kinds = {parameter.kind for parameter in parameters.values()}
    return name in parameters or inspect.Parameter.VAR_KEYWORD in kinds
