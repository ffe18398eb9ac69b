"""Examples that are mixed of two."""

import dataclasses
from typing import Any

from triceras.augment.mixing import (
    Mixing,
    along,
    mixed_targets,
    partners,
    shares,
)
from triceras.augment.pictures import kind_of, names
from triceras.errors import UserError
from triceras.random import split
from triceras.random.namespace import cast

# The share of bytes is rounded to it, so that they are mixed in whole numbers, to the same bits.
WHOLE = 2**16


@dataclasses.dataclass(frozen=True)
class MixUp(Mixing):
    """Mixes each example with another one of its batch, inputs and targets alike.

    Labels become rows of a number for each class, in training, validation and test, so the loss
    and the metrics are those for such (`CategoricalCrossentropy`, `CategoricalAccuracy`).

    Args:
        part: inputs, one part or several: numbers with a point, or bytes (uint8), which stay bytes.
        targets: what is predicted, one part or several.
        alpha: the share is drawn for each example from Beta(alpha, alpha).
        classes: number of classes, where targets are labels.
        weight: the part of the weights of examples, where there are some.

    Reference:
        [Zhang et al., 2018](https://arxiv.org/abs/1710.09412). There one share serves a batch.
    """

    def __call__(self, parts: dict[str, Any], key: Any, ops: Any) -> dict[str, Any]:
        """The same parts, mixed; see `triceras.data.batch.BatchPreparation`."""
        keys = split(key, 2)
        count = ops.shape(parts[self.parts[0]])[0]
        other = partners(keys[0], count, ops)
        share = shares(keys[1], count, self.alpha, ops)
        found = dict(parts)
        for name in names(self.part):
            found[name] = mixed(name, parts[name], other, share, ops)
        return found | mixed_targets(
            parts, names(self.targets), self.weight, self.classes, other, share, ops
        )


def mixed(name: str, x: Any, other: Any, share: Any, ops: Any) -> Any:
    """Inputs, each mixed with another one."""
    kind = kind_of(x)
    if "float" in kind:
        return along(share, x, ops) * x + along(1.0 - share, x, ops) * ops.take(x, other, axis=0)
    if kind != "uint8":
        raise UserError(
            f"augment: the part {name!r} is {kind}, which cannot be mixed; wanted are numbers with "
            "a point, or bytes"
        )
    own = along(cast(ops.round(share * WHOLE), "int32", ops), x, ops)
    x = cast(x, "int32", ops)
    summed = own * x + (WHOLE - own) * ops.take(x, other, axis=0)
    return cast((summed + WHOLE // 2) // WHOLE, kind, ops)
