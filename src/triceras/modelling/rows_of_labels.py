"""Refuses losses and metrics of whole-numbered labels where an augmentation makes rows of them."""

from collections.abc import Iterable, Iterator
from typing import Any

from omegaconf import DictConfig, OmegaConf

from triceras.errors import UserError

KEYS = ("loss", "metrics", "weighted_metrics")


def check_rows(config: DictConfig, augment: Iterable[Any]) -> None:
    """Checks that no loss and no metric is one of Keras's for whole numbers.

    Keras would compare rows with numbers, and fail, or count something else.

    Args:
        config: of the model.
        augment: augmentations; those with `makes_rows` mix labels.

    Raises:
        UserError: one is.
    """
    if not any(getattr(one, "makes_rows", False) for one in augment):
        return
    for key in KEYS:
        value = config.get(key)
        plain = OmegaConf.to_container(value) if OmegaConf.is_config(value) else value
        for target in targets_in(plain):
            module, _, name = target.rpartition(".")
            if name.lower().startswith("sparse"):
                raise UserError(
                    f"model.{key}: {name} takes labels as whole numbers, and augment mixes them to "
                    f"rows of a number for each class: use {module}.{name[6:].lstrip('_')}"
                )


def targets_in(config: Any) -> Iterator[str]:
    """All `_target_`s of a configuration."""
    if isinstance(config, dict):
        if isinstance(config.get("_target_"), str):
            yield config["_target_"]
        for value in config.values():
            yield from targets_in(value)
    elif isinstance(config, list):
        for value in config:
            yield from targets_in(value)
