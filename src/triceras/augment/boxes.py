"""Boxes in pictures, one for each example."""

from typing import Any


def in_boxes(
    size: tuple[int, int], centres: tuple[Any, Any], sides: tuple[Any, Any], ops: Any
) -> Any:
    """Which pixels lie in boxes, which end at the edges of the picture.

    Args:
        size: height and width of the pictures.
        centres: row and column of the middle of each box, int32 `(n,)`.
        sides: height and width of each box, int32 `(n,)`.
        ops: `keras.ops` or `numpy`.

    Returns:
        Booleans `(n, height, width, 1)`.
    """
    within = []
    for length, centre, side in zip(size, centres, sides, strict=True):
        places = ops.reshape(ops.arange(length, dtype="int32"), (1, -1))
        low = ops.reshape(centre - side // 2, (-1, 1))
        within.append((places >= low) & (places < low + ops.reshape(side, (-1, 1))))
    return (within[0][:, :, None] & within[1][:, None, :])[..., None]
