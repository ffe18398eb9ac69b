"""Real data that come inside a package and are small enough for any test."""

import math
from typing import Any

import numpy as np

from triceras.data import files
from triceras.data.assemble import assemble
from triceras.data.dataset import Dataset, Split
from triceras.data.options import Options
from triceras.data.package_file import package_file
from triceras.data.source import Source, array_sha256

USUAL = {"split_seed": 0, "flatten": True, "scale": True, "binarize": "none", "limit": None}


def load(validation_size: int = 250, test_size: int = 250, **options: Any) -> Dataset:
    """Loads scikit-learn's 1,797 digits of 8x8 pixels with 17 grey levels.

    Args:
        validation_size: number of images to hold out for validation.
        test_size: number of images to hold out for the test.
        **options: fields of `triceras.data.options.Options`, other than their usual values.

    Returns:
        A `Dataset`.
    """
    stored = digits()
    return assemble(
        "digits",
        Source(stored, None, array_sha256(stored["image"], stored["label"])),
        Options(**(USUAL | options)),
        validation_size=validation_size,
        test_size=test_size,
        largest_grey=16,
    )


def digits() -> Split:
    """All of scikit-learn's digits, as `sklearn.datasets.load_digits` reads them.

    Tests start many processes, and to import scikit-learn takes each of them more than a second.
    """
    file = package_file("sklearn", "datasets/data/digits.csv.gz")
    table = np.loadtxt(file, delimiter=",", dtype=np.uint8)
    images = np.ascontiguousarray(table[:, :-1]).reshape(-1, 8, 8)
    return Split({"image": images, "label": np.ascontiguousarray(table[:, -1])})


def load_file(
    path: str, validation_size: int = 50, memory_mb: float = math.inf, **options: Any
) -> Dataset:
    """Loads 28x28 images that somebody has.

    Args:
        path: an `.npz` file with x_train, y_train, x_test and y_test, or a folder of IDX files.
        validation_size: number of training images to hold out for validation.
        memory_mb: uncompressed IDX files that are larger, in MiB, stay on disk.
        **options: as of `load`.

    Returns:
        A `Dataset`.
    """
    return assemble(
        "images",
        files.read(path, memory_mb),
        Options(**(USUAL | options)),
        validation_size=validation_size,
        test_size=None,
        largest_grey=255,
        memory_mb=memory_mb,
    )
