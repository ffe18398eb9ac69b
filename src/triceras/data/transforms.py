"""Turns stored grey levels into what a model sees."""

import numpy as np

from triceras.data.splits import random_words


def grey_levels(images: np.ndarray, largest: int, scale: bool) -> np.ndarray:
    """Grey levels as float32.

    Args:
        images: whole numbers from 0 to `largest`.
        largest: the grey level of full ink.
        scale: divide by `largest`.

    Returns:
        An array of the same shape, in `[0, 1]` when scaled.
    """
    divisor = np.float32(largest if scale else 1)
    return np.divide(images, divisor, dtype=np.float32, order="C")


def threshold(levels: np.ndarray) -> np.ndarray:
    """1 where a grey level in `[0, 1]` is above 0.5, else 0; float32."""
    return (levels > 0.5).astype(np.float32)


def bernoulli(
    levels: np.ndarray, seed: int, stream: int, numbers: np.ndarray | None = None
) -> np.ndarray:
    """Draws binary images.

    Args:
        levels: grey levels in `[0, 1]`, each the probability of a 1; shape `(n, ...)`.
        seed: fixes the draw.
        stream: as in `triceras.data.splits.random_words`.
        numbers: which images these are, whole numbers `(n,)`; by default 0 to `n` - 1.

    Returns:
        An array of the same shape of 0 and 1, float32. An image is the same whichever others are
        drawn with it.

    Reference:
        [Salakhutdinov and Murray, 2008](https://doi.org/10.1145/1390156.1390266).
    """
    words = random_words(seed, stream)
    drawn = np.empty_like(levels)
    numbers = np.arange(len(levels)) if numbers is None else numbers
    at = 0
    # Image by image: the words of a whole data set are twice the size of its images.
    for number, level, image in zip(numbers, levels, drawn, strict=True):
        words.advance((int(number) * level.size - at) % 2**128)
        at = (int(number) + 1) * level.size
        uniform = (words.random_raw(level.size) >> np.uint64(11)) * 2.0**-53
        image[...] = uniform.reshape(level.shape) < level
    return drawn
