"""Pictures of which a square is covered."""

import dataclasses
from collections.abc import Sequence
from typing import Any

from triceras.augment.boxes import in_boxes
from triceras.augment.pictures import changed, kind_of, names, whole_from_uniform
from triceras.errors import UserError
from triceras.random import uniform_from_key
from triceras.random.namespace import cast


@dataclasses.dataclass(frozen=True)
class Cutout:
    """Covers a square of each picture, whose middle may be any pixel.

    Args:
        part: the pictures; of several parts the same square is covered.
        size: side of the square in pixels; what is outside the picture is lost.
        fill: the value that covers it.
        image_shape: height, width and channels of pictures that come flat.

    Raises:
        UserError: the size is not an allowed one.

    Reference:
        [DeVries and Taylor, 2017](https://arxiv.org/abs/1708.04552).
    """

    part: str | Sequence[str]
    size: int = 8
    fill: float = 0.0
    image_shape: Sequence[int] | None = None

    def __post_init__(self):
        if not isinstance(self.size, int) or isinstance(self.size, bool) or self.size < 1:
            raise UserError(f"size={self.size} is no side of a square: use a whole number above 0")

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts that it reads."""
        return names(self.part)

    def __call__(self, parts: dict[str, Any], key: Any, ops: Any) -> dict[str, Any]:
        """The same parts with other pictures; see `triceras.data.batch.BatchPreparation`."""

        def change(x: Any) -> Any:
            count, height, width, _ = ops.shape(x)
            drawn = uniform_from_key(key, (count, 2), ops)
            centres = (
                whole_from_uniform(drawn[:, 0], height, ops),
                whole_from_uniform(drawn[:, 1], width, ops),
            )
            side = ops.zeros_like(centres[0]) + self.size
            covered = in_boxes((height, width), centres, (side, side), ops)
            fill = cast(ops.zeros((1, 1, 1, 1)) + self.fill, kind_of(x), ops)
            return ops.where(covered, fill, x)

        return changed(parts, self.parts, self.image_shape, change, ops)
