"""What a run's configuration lets each training step do to its batch."""

import functools
import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from hydra.utils import get_object
from omegaconf import DictConfig, OmegaConf

from triceras.config import build, check_target
from triceras.data.batch import Augmentation
from triceras.errors import UserError, one_line
from triceras.targets import absent, not_taken


def build_augmentations(
    config: Any, declared: Mapping[str, Any] | None = None, parts: Sequence[str] | None = None
) -> list[Augmentation]:
    """The augmentations of a list of configurations, or of a dictionary of them.

    Args:
        config: of each the `_target_` is a class, whose objects are called with the parts of a
            batch, a random key and `keras.ops` or `numpy`, or a function with a parameter `parts`,
            which is called itself and given what else the configuration says.
        declared: what a class is given where it has parameters of these names.
        parts: the names of those that there are; `None` where these are not looked at.

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
    found = {n: build_augmentation(n, one, declared or {}) for n, one in named if one is not None}
    if parts is not None:
        for name, augment in found.items():
            check_parts(name, augment, parts)
    return list(found.values())


def check_parts(name: str, augment: Augmentation, parts: Sequence[str]) -> None:
    """Checks that there are the parts that an augmentation says it reads."""
    for part in getattr(augment, "parts", ()):
        if part not in parts:
            raise UserError(f"{name}: the data have no part {part!r}, but {', '.join(parts)}")


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
        said = absent(config["_target_"]) or one_line(error)
        raise UserError(f"{name} cannot be built: {said}") from error
    parameters = inspect.signature(target).parameters
    if not inspect.isclass(target) and "parts" in parameters:
        options: Any = OmegaConf.to_container(OmegaConf.create(config))
        given = {k: v for k, v in options.items() if k[0] != "_"}
        takes_any = any(one.kind is one.VAR_KEYWORD for one in parameters.values())
        if not takes_any and (wrong := not_taken(name, config["_target_"], given)):
            raise UserError(wrong)
        return functools.partial(target, **given)
    augment: Any = build(name, config, **declared)
    if not isinstance(augment, Callable):
        raise UserError(
            f"{name}: {config['_target_']} makes a {type(augment).__name__}, which cannot be "
            "called with the parts of a batch, a random key and keras.ops"
        )
    return augment
