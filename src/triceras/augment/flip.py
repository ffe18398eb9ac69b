"""Pictures that are flipped at random."""

import dataclasses
from collections.abc import Sequence
from typing import Any, ClassVar

from triceras.augment.pictures import changed, names
from triceras.random import fold_in, uniform_from_key


@dataclasses.dataclass(frozen=True)
class RandomFlip:
    """Flips pictures, each with probability 1/2.

    Args:
        part: the pictures; of several parts, such as a picture and its mask, all of an example are
            flipped or none.
        horizontal: left and right change places.
        vertical: up and down do, apart from that.
        image_shape: height, width and channels of pictures that come flat.
    """

    part: str | Sequence[str]
    horizontal: bool = True
    vertical: bool = False
    image_shape: Sequence[int] | None = None

    only_moves: ClassVar[bool] = True

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts that it reads."""
        return names(self.part)

    def __call__(self, parts: dict[str, Any], key: Any, ops: Any) -> dict[str, Any]:
        """The same parts with other pictures; see `triceras.data.batch.BatchPreparation`."""

        def change(x: Any) -> Any:
            for axis, wanted in ((1, self.vertical), (2, self.horizontal)):
                if wanted:
                    drawn = uniform_from_key(fold_in(key, axis), (ops.shape(x)[0], 1, 1, 1), ops)
                    x = ops.where(drawn < 0.5, ops.flip(x, axis), x)
            return x

        return changed(parts, self.parts, self.image_shape, change, ops)
