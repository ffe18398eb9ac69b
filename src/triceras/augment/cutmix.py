"""Pictures in which a box is of another one."""

import dataclasses
from collections.abc import Sequence
from typing import Any

from triceras.augment.boxes import in_boxes
from triceras.augment.mixing import Mixing, mixed_targets, partners, shares
from triceras.augment.pictures import changed, names, pictures, whole_from_uniform
from triceras.random import split, uniform_from_key
from triceras.random.namespace import cast


@dataclasses.dataclass(frozen=True)
class CutMix(Mixing):
    """Puts into each picture a box of another one of its batch, and mixes targets by the area.

    Labels become rows of a number for each class, in training, validation and test, so the loss
    and the metrics are those for such (`CategoricalCrossentropy`, `CategoricalAccuracy`).

    Args:
        part: the pictures; of several parts, of one height and width, the box is the same.
        targets: what is predicted, one part or several.
        alpha: the share that stays is drawn for each example from Beta(alpha, alpha); the box
            ends at the edges of the picture, and its area there is what counts.
        classes: number of classes, where targets are labels.
        weight: the part of the weights of examples, where there are some.
        image_shape: height, width and channels of pictures that come flat.

    Reference:
        [Yun et al., 2019](https://arxiv.org/abs/1905.04899). There one box serves a batch.
    """

    alpha: float = 1.0
    image_shape: Sequence[int] | None = None

    def __call__(self, parts: dict[str, Any], key: Any, ops: Any) -> dict[str, Any]:
        """The same parts, mixed; see `triceras.data.batch.BatchPreparation`."""
        keys = split(key, 3)
        first = names(self.part)[0]
        count, height, width, _ = ops.shape(pictures(first, parts[first], self.image_shape, ops))
        other = partners(keys[0], count, ops)
        side = ops.sqrt(1.0 - shares(keys[1], count, self.alpha, ops))
        middle = uniform_from_key(keys[2], (count, 2), ops)
        box = in_boxes(
            (height, width),
            tuple(whole_from_uniform(middle[:, i], n, ops) for i, n in enumerate((height, width))),
            tuple(cast(ops.floor(side * float(n)), "int32", ops) for n in (height, width)),
            ops,
        )
        area = ops.sum(cast(box, "float32", ops), axis=(1, 2, 3))

        def change(x: Any) -> Any:
            return ops.where(box, ops.take(x, other, axis=0), x)

        found = changed(parts, names(self.part), self.image_shape, change, ops)
        return found | mixed_targets(
            parts,
            names(self.targets),
            self.weight,
            self.classes,
            other,
            1.0 - area / float(height * width),
            ops,
        )
