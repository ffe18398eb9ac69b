"""Pictures that are moved by whole pixels."""

import dataclasses
from collections.abc import Sequence
from typing import Any, ClassVar

from triceras.augment.pictures import changed, names, whole_from_uniform
from triceras.errors import UserError
from triceras.random import uniform_from_key

FILLS = ("constant", "nearest", "reflect", "wrap")


@dataclasses.dataclass(frozen=True)
class RandomShift:
    """Moves pictures, each by whole pixels of its own.

    Args:
        part: the pictures; of several parts all of an example are moved alike.
        pixels: at most so far, in height and in width, or `[height, width]`.
        fill: what comes in: `constant` zeros, `nearest` the edge, `reflect` what is beyond the
            edge as in a mirror, without the edge itself, or `wrap` the other side.
        image_shape: height, width and channels of pictures that come flat.

    Raises:
        UserError: an argument is not an allowed one.
    """

    part: str | Sequence[str]
    pixels: int | Sequence[int] = 4
    fill: str = "constant"
    image_shape: Sequence[int] | None = None

    only_moves: ClassVar[bool] = True

    def __post_init__(self):
        if self.fill not in FILLS:
            raise UserError(f"fill={self.fill} is unknown: use one of {', '.join(FILLS)}")
        if len(self.farthest) != 2 or any(not isinstance(n, int) or n < 0 for n in self.farthest):
            raise UserError(
                f"{self.pixels} pixels are no way to move: use a whole number of at least 0, or "
                "[height, width]"
            )

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts that it reads."""
        return names(self.part)

    @property
    def farthest(self) -> tuple[int, ...]:
        """The largest move in height and in width."""
        return (self.pixels,) * 2 if isinstance(self.pixels, int) else tuple(self.pixels)

    def __call__(self, parts: dict[str, Any], key: Any, ops: Any) -> dict[str, Any]:
        """The same parts with other pictures; see `triceras.data.batch.BatchPreparation`."""

        def change(x: Any) -> Any:
            drawn = uniform_from_key(key, (ops.shape(x)[0], 2), ops)
            moves = [
                whole_from_uniform(drawn[:, i], 2 * most + 1, ops) - most
                for i, most in enumerate(self.farthest)
            ]
            return moved(x, moves, self.fill, ops)

        return changed(parts, self.parts, self.image_shape, change, ops)


class RandomCrop(RandomShift):
    """Puts a frame of zeros around pictures and cuts each out anew, at a place of its own.

    That moves it by at most the width of the frame.

    Args:
        part: the pictures; of several parts all of an example are cut out alike.
        padding: width of the frame, or `[height, width]`.
        fill: of what the frame is; see `RandomShift`.
        image_shape: height, width and channels of pictures that come flat.

    Reference:
        [He et al., 2016](https://arxiv.org/abs/1512.03385), section 4.2.
    """

    def __init__(
        self,
        part: str | Sequence[str],
        padding: int | Sequence[int] = 4,
        fill: str = "constant",
        image_shape: Sequence[int] | None = None,
    ):
        super().__init__(part, padding, fill, image_shape)


def moved(x: Any, moves: Sequence[Any], fill: str, ops: Any) -> Any:
    """Pictures with the pixels of others.

    Args:
        x: `(n, height, width, channels)`.
        moves: how far down and how far to the right, int32 `(n,)` each.
        fill: one of `FILLS`.
        ops: `keras.ops` or `numpy`.
    """
    count, height, width, channels = ops.shape(x)
    rows, inside_rows = sources(height, moves[0], fill, ops)
    columns, inside_columns = sources(width, moves[1], fill, ops)
    first = ops.reshape(ops.arange(count, dtype="int32"), (-1, 1, 1))
    pixels = (first * height + rows[:, :, None]) * width + columns[:, None, :]
    found = ops.take(ops.reshape(x, (-1, channels)), ops.reshape(pixels, (-1,)), axis=0)
    found = ops.reshape(found, (count, height, width, channels))
    if fill != "constant":
        return found
    inside = (inside_rows[:, :, None] & inside_columns[:, None, :])[..., None]
    return ops.where(inside, found, ops.zeros_like(found))


def sources(size: int, move: Any, fill: str, ops: Any) -> tuple[Any, Any]:
    """Where each place of an axis takes its pixel from, `(n, size)`, and whether it is one."""
    places = ops.reshape(ops.arange(size, dtype="int32"), (1, -1)) - ops.reshape(move, (-1, 1))
    inside = (places >= 0) & (places < size)
    if fill == "wrap":
        return places % size, inside
    if fill == "reflect" and size > 1:
        period = 2 * (size - 1)
        places = (size - 1) - ops.abs(places % period - (size - 1))
    return ops.clip(places, 0, size - 1), inside
