"""What a run's configuration lets each training step do to its batch."""

import functools
import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from hydra.utils import get_object
from omegaconf import DictConfig, OmegaConf

from triceras.config import build, check_target
from triceras.data.batch import Augmentation
from triceras.errors import UserError, one_line


def build_augmentations(
    config: Any, declared: Mapping[str, Any] | None = None
) -> list[Augmentation]:
    """The augmentations of a list of configurations, or of a dictionary of them.

    Args:
        config: of each the `_target_` is a class, whose objects are called with the parts of a
            batch, a random key and `keras.ops` or `numpy`, or a function with a parameter `parts`,
            which is called itself and given what else the configuration says.
        declared: what a class is given where it has parameters of these names.

    Raises:
        UserError: one is no such thing.
    """
    if isinstance(config, DictConfig) and "_target_" not in config:
        named = [(f"augment.{name}", one) for name, one in config.items()]
    elif isinstance(config, Iterable) and not isinstance(config, str | DictConfig):
        named = [(f"augment[{i}]", one) for i, one in enumerate(config)]
    elif config is None:
        named = []
    else:
        raise UserError(f"augment={config} is no list: give a list of groups with a _target_ each")
    return [build_augmentation(name, one, declared or {}) for name, one in named if one is not None]


def build_augmentation(name: str, config: Any, declared: Mapping[str, Any]) -> Augmentation:
    """One augmentation.

    Args:
        name: the configuration's place, for messages.
        config: see `build_augmentations`.
        declared: likewise.
    """
    check_target(name, config)
    try:
        target: Any = get_object(config["_target_"])
    except Exception as error:
        raise UserError(f"{name} cannot be built: {one_line(error)}") from error
    if not inspect.isclass(target) and "parts" in inspect.signature(target).parameters:
        options: Any = OmegaConf.to_container(OmegaConf.create(config))
        return functools.partial(target, **{k: v for k, v in options.items() if k[0] != "_"})
    augment: Any = build(name, config, **declared)
    if not isinstance(augment, Callable):
        raise UserError(
            f"{name}: {config['_target_']} makes a {type(augment).__name__}, which cannot be "
            "called with the parts of a batch, a random key and keras.ops"
        )
    return augment
