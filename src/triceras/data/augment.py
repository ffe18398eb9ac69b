"""What a training step does to its batch before the model sees it."""

from collections.abc import Callable
from typing import Any

from triceras.errors import UserError
from triceras.random.bits import uniform_from_key

Augmentation = Callable[[Any, Any, Any], Any]


def bernoulli(x: Any, key: Any, ops: Any) -> Any:
    """Draws binary images, the same bits on the host and in a compiled step.

    Args:
        x: grey levels in `[0, 1]`, each the probability of a 1; shape `(n, ...)`.
        key: int32 array `(2,)`, this step's random key.
        ops: `keras.ops` or `numpy`, whichever `x` belongs to.

    Returns:
        An array like `x` of 0 and 1.

    Reference:
        [Burda et al., 2015](https://arxiv.org/abs/1509.00519), section 5.
    """
    drawn = uniform_from_key(key, ops.shape(x), ops) < x
    return ops.where(drawn, ops.ones_like(x), ops.zeros_like(x))


AUGMENT: dict[str, Augmentation] = {"bernoulli": bernoulli}


def augmentation(name: str | None) -> Augmentation | None:
    """The function that `Dataset.augment` names, for `BatchPreparation`.

    Args:
        name: a name in `AUGMENT`, or `None` for none.

    Returns:
        `(x, key, ops) -> x`, or `None`.

    Raises:
        UserError: there is no such augmentation.
    """
    if name is None:
        return None
    if name not in AUGMENT:
        raise UserError(
            f"the data set asks for augment={name!r}, which is unknown: use None or one of "
            f"{', '.join(AUGMENT)}, or add it to AUGMENT in triceras/data/augment.py"
        )
    return AUGMENT[name]
