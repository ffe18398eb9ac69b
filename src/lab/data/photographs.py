"""Pieces of the two photographs that come with scikit-learn: colour, and no download."""

import numpy as np
from PIL import Image

from triceras.data import package_file

SIDE, BLOCK, STRIDE = 32, 64, 8
# Of five blocks, one is for each of these, and the others are trained on.
HELD_OUT = {0: "test", 1: "validation"}
PHOTOGRAPHS = ("china.jpg", "flower.jpg")
FLOWER = 3


def photographs(split: str) -> dict[str, np.ndarray]:
    """Cuts pieces of 32x32 out of a temple and a flower, each photograph 640 wide and 427 high.

    Each photograph is divided into blocks of 64x64. Pieces overlap within a block and reach into
    no other one, and no block is in two splits. The classes are the upper, middle and lower third
    of the temple (sky, walls, trees), and the whole flower.

    Args:
        split: `"train"`, `"validation"` or `"test"`.

    Returns:
        `image`, uint8 `(n, 32, 32, 3)`, and `label`, int32 `(n,)`, from 0 to 3.
    """
    images, labels = [], []
    for number, name in enumerate(PHOTOGRAPHS):
        photograph = np.asarray(Image.open(package_file("sklearn", f"datasets/images/{name}")))
        rows, columns = (size // BLOCK for size in photograph.shape[:2])
        for row, column in np.ndindex(rows, columns):
            # Neighbours in both directions are in different splits.
            if HELD_OUT.get((2 * row + column) % 5, "train") != split:
                continue
            block = photograph[BLOCK * row :, BLOCK * column :][:BLOCK, :BLOCK]
            pieces = np.lib.stride_tricks.sliding_window_view(block, (SIDE, SIDE), axis=(0, 1))
            pieces = np.moveaxis(pieces[::STRIDE, ::STRIDE], 2, -1).reshape(-1, SIDE, SIDE, 3)
            images.append(pieces)
            labels.append(np.full(len(pieces), FLOWER if number else 3 * row // rows))
    return {"image": np.concatenate(images), "label": np.concatenate(labels).astype("int32")}
