"""What a data set lets each training step do to its batch before a model sees it."""

import dataclasses
from typing import Any

from triceras.random.bits import uniform_from_key


@dataclasses.dataclass(frozen=True)
class FreshBernoulli:
    """Draws binary images of grey ones, anew in each step.

    Args:
        part: the images.

    Reference:
        [Burda et al., 2015](https://arxiv.org/abs/1509.00519), section 5.
    """

    part: str

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts that it reads."""
        return (self.part,)

    def __call__(self, parts: dict[str, Any], key: Any, ops: Any) -> dict[str, Any]:
        """The same parts with other images; see `triceras.data.batch.BatchPreparation`."""
        return {**parts, self.part: bernoulli(parts[self.part], key, ops)}


def bernoulli(x: Any, key: Any, ops: Any) -> Any:
    """Draws binary images, the same bits on the host and in a compiled step.

    Args:
        x: grey levels in `[0, 1]`, each the probability of a 1; shape `(n, ...)`.
        key: int32 array `(2,)`, this step's random key.
        ops: `keras.ops` or `numpy`, whichever `x` belongs to.

    Returns:
        An array like `x` of 0 and 1.
    """
    drawn = uniform_from_key(key, ops.shape(x), ops) < x
    return ops.where(drawn, ops.ones_like(x), ops.zeros_like(x))
