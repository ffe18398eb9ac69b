"""What a source holds before it is split, scaled or binarized."""

import dataclasses
import hashlib

import numpy as np

from triceras.data.dataset import Split


@dataclasses.dataclass(frozen=True, eq=False)
class Source:
    """Images as they are stored: whole-number grey levels, shape `(n, height, width)`.

    Args:
        train: all images that are not test images.
        test: the source's own test images; `None` when it has none.
        sha256: see `triceras.data.dataset.Dataset`.
    """

    train: Split
    test: Split | None
    sha256: str


def array_sha256(*arrays: np.ndarray) -> str:
    """SHA-256 of the bytes of arrays, one after the other."""
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
