"""One part of a split whose rows are not in memory."""

from typing import Any

import numpy as np

from triceras.data.dataset import Split


class Column:
    """All rows of a part, which are read when they are asked for by index."""

    def __init__(self, split: Split, name: str):
        self.split, self.name = split, name
        self.shape = (len(split), *split.parts[name].shape[1:])
        self.dtype = split.parts[name].dtype

    def __len__(self) -> int:
        return len(self.split)

    def __getitem__(self, rows: Any) -> np.ndarray:
        return self.split.take(rows, [self.name])[self.name]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.asarray(self[:], dtype)
