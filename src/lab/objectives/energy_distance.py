"""How far two samples are from one distribution."""

from typing import Any

import numpy as np
from keras import ops

from triceras.data import Split
from triceras.errors import UserError

# Images of two splits that are looked at, to see whether they are one.
SOME = 16


def energy_distance(x: Any, y: Any) -> Any:
    """2 E|X - Y| - E|X - X'| - E|Y - Y'|, estimated without bias.

    It is zero just where both distributions are one, so unlike a comparison of means and
    covariances it is not fooled by a Gaussian, and unlike a score by a classifier it notices
    missing and copied images alike. Being unbiased, its mean over batches of any size from 2 on
    estimates the same value, and it can fall a little below zero. Between images it compares
    pixels, so what is small in pixels, as a broken stroke is, counts little.

    Args:
        x: tensor `(n, ...)`, one sample.
        y: tensor `(n, ...)`, the other, as large.

    Returns:
        A scalar, in the unit of `x`. Of one image each it is 2 |x - y|, which is no estimate.

    Reference:
        [Székely and Rizzo, 2013](https://doi.org/10.1016/j.jspi.2013.03.018).
    """
    count = ops.shape(x)[0]
    # Of half precision, little is left in a difference of squares.
    x, y = (ops.reshape(ops.cast(a, "float32"), (count, -1)) for a in (x, y))
    # Far from 0 as well.
    center = ops.mean(x, axis=0)
    x, y = x - center, y - center
    apart = ops.sum(distances(x, y)) / (count * count)
    # An image is no pair with itself; a batch of one has no pair at all.
    pairs = max(count * (count - 1), 1)
    others = 1.0 - ops.eye(count, dtype=x.dtype)
    within = ops.sum((distances(x, x) + distances(y, y)) * others) / pairs
    return 2.0 * apart - within


def distances(x: Any, y: Any) -> Any:
    """The Euclidean distances `(n, m)` of the rows of `(n, k)` and `(m, k)`."""
    squares = ops.sum(x * x, axis=1)[:, None] + ops.sum(y * y, axis=1)[None, :]
    # Rounding may leave the square of a small distance below zero.
    return ops.sqrt(ops.maximum(squares - 2.0 * ops.matmul(x, ops.transpose(y)), 0.0))


def real_energy_distance(
    data: Split, train: Split, batch_size: int, images: str = "image"
) -> dict[str, float]:
    """The energy distance of the training images themselves from the test images.

    A generator that had learnt the distribution of the training images would get this value, which
    is above zero where the test images are of a distribution of their own.

    Args:
        data: the test set.
        train: the training set; its first images are taken, as many as there are in the test set.
            Where both are one, each second image is compared with the others.
        batch_size: images of each kind that are compared with one another at a time.
        images: the part that they are.

    Returns:
        `{"real_energy_distance": distance}`, in the unit of the images.

    Raises:
        UserError: there are no two images in a batch.
    """
    x, y = data[images], train[images]
    count = min(len(data), len(train))
    if np.array_equal(data.numbers, train.numbers) and np.array_equal(x[:SOME], y[:SOME]):
        # An image would meet itself.
        x, y, count = x[:][0::2], y[:][1::2], count // 2
    if min(count, batch_size) < 2:
        raise UserError("an energy distance wants two images or more in a batch")
    starts = range(0, count, batch_size)
    batches = [slice(start, min(start + batch_size, count)) for start in starts]
    values = [
        float(energy_distance(*(ops.convert_to_tensor(each[b]) for each in (x, y))))
        for b in batches
    ]
    # One image has no other to be compared with.
    sizes = [b.stop - b.start if b.stop - b.start > 1 else 0 for b in batches]
    return {"real_energy_distance": float(np.average(values, weights=sizes))}
