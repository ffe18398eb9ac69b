"""scikit-learn's 1,797 handwritten digits, 8x8: no download, and small enough for any test."""

from typing import Any

import numpy as np

from triceras.data import (
    Dataset,
    Options,
    Source,
    Split,
    array_sha256,
    assemble,
    package_file,
)


def load(*, validation_size: int, test_size: int, **options: Any) -> Dataset:
    """Loads 8x8 digits with 17 grey levels.

    Args:
        validation_size: number of images to hold out for validation.
        test_size: number of images to hold out for the test.
        **options: the fields of `triceras.data.Options`.

    Returns:
        A `Dataset`.

    Raises:
        UserError: an option is not an allowed one.

    Reference:
        [Alpaydin and Kaynak, 1998](https://doi.org/10.24432/C50P49).
    """
    chosen = Options(**options)
    x, y = stored()
    source = Source(train=Split({"image": x, "label": y}), test=None, sha256=array_sha256(x, y))
    return assemble(
        "digits",
        source,
        chosen,
        validation_size=validation_size,
        test_size=test_size,
        largest_grey=16,
    )


def stored() -> tuple[np.ndarray, np.ndarray]:
    """The digits as they are stored, uint8: images `(1797, 8, 8)` and labels `(1797,)`."""
    file = package_file("sklearn", "datasets/data/digits.csv.gz")
    table = np.loadtxt(file, delimiter=",", dtype=np.uint8)
    return np.ascontiguousarray(table[:, :-1]).reshape(-1, 8, 8), table[:, -1].copy()
