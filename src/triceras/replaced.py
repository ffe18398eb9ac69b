"""What a typed choice would build, and an experiment has put a plain value in the place of."""

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf

from triceras.config import files
from triceras.environment import typed_keys
from triceras.errors import UserError
from triceras.words import group_of


def check(config: DictConfig) -> None:
    """Checks that what was chosen on the command line is what is built.

    An experiment's own values count more than the file of a group, also where that file was typed:
    so `optimizer=adam_cosine` would lose its schedule to an experiment's `learning_rate: 1e-3`.

    Raises:
        UserError: a part that the chosen file builds is a plain value instead.
    """
    if not HydraConfig.initialized():
        return
    # Of two choices from one group Hydra takes the last.
    chosen = dict(word.split("=", 1) for word in HydraConfig.get().overrides.task if "=" in word)
    for group, choice in chosen.items():
        available = files(group) if OmegaConf.is_dict(config.get(group)) else {}
        if choice not in available:
            continue
        for name, part in built(available[choice], available):
            key = f"{group}.{name}"
            value = OmegaConf.select(config, key)
            if key in typed_keys() or OmegaConf.is_config(value):
                continue
            cure = shlex.quote(f"{key}={group_of(part)}")
            raise UserError(
                f"{group}={choice} builds {key} by {part['_target_'].rpartition('.')[2]}, and "
                f"experiment={config.get('experiment')} sets it to {value}, which would count: "
                f"take what the file says by {cure}, or leave {group}={choice} out"
            )


def built(path: Path, available: dict[str, Path]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The parts with a `_target_` in a file of a group and in those of the group that it takes."""
    for written in contents(path, available):
        for name, part in written.items():
            if isinstance(part, dict) and isinstance(part.get("_target_"), str):
                yield name, part


def contents(path: Path, available: dict[str, Path]) -> Iterator[dict[str, Any]]:
    """What is written in a file of a group, and in those of the group that it takes."""
    # YAML alone reads 2e-3 as a text.
    written: Any = OmegaConf.to_container(OmegaConf.load(path), resolve=False)
    yield written
    for default in written.get("defaults", ()):
        if isinstance(default, str) and default in available and available[default] != path:
            yield from contents(available[default], available)
