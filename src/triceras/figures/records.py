"""Reads the CSV records of a run that may still be going on."""

import csv
from collections.abc import Mapping
from pathlib import Path

import numpy as np

Columns = Mapping[str, np.ndarray]


def read_columns(path: Path, *names: str) -> Columns:
    """Reads columns of numbers.

    Args:
        path: a CSV file with a header line.
        *names: the columns wanted.

    Returns:
        For each wanted column that the file has, a float array `(rows,)`, NaN where a cell is
        empty; nothing for a file that is missing or empty.
    """
    if not path.is_file():
        return {}
    text = path.read_text()
    # The last line of a file that is being written may be cut short.
    header, *lines = text[: text.rfind("\n") + 1].splitlines() or [""]
    found = next(csv.reader([header]), [])
    wanted = [name for name in names if name in found]
    if not lines or not wanted:
        return {}
    table = np.loadtxt(
        lines,
        delimiter=",",
        usecols=[found.index(name) for name in wanted],
        converters=lambda cell: float(cell or "nan"),
        ndmin=2,
    )
    return dict(zip(wanted, table.T, strict=True))
