"""Pictures that stay in their files, and are decoded when they are asked for."""

import concurrent.futures
import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from triceras.data.image_files import THREADS, decoded


@dataclasses.dataclass(frozen=True, eq=False)
class RowsOfFiles:
    """Pictures by index, as `triceras.data.rows_on_disk.RowsOnDisk` gives rows of a file.

    Args:
        files: one for each row.
        size: height and width.
        grey: see `triceras.data.image_files.decoded`.
        how: likewise.
    """

    files: Sequence[Path]
    size: tuple[int, int]
    grey: bool
    how: str

    dtype = np.dtype(np.uint8)

    def __len__(self) -> int:
        return len(self.files)

    @property
    def shape(self) -> tuple[int, ...]:
        """Of all pictures."""
        return (len(self), *self.size, 1 if self.grey else 3)

    def __getitem__(self, index: slice | np.ndarray) -> np.ndarray:
        """Decodes pictures.

        Args:
            index: a slice, or an array of whole numbers `(n,)`.

        Raises:
            UserError: a file cannot be decoded.
        """
        numbers = np.arange(len(self))[index]
        found = np.empty((len(numbers), *self.shape[1:]), np.uint8)

        def fill(place: int) -> None:
            found[place] = decoded(self.files[numbers[place]], self.size, self.grey, self.how)

        with concurrent.futures.ThreadPoolExecutor(THREADS) as pool:
            # As a list, so that what one of them raises is raised here.
            list(pool.map(fill, range(len(numbers))))
        return found
