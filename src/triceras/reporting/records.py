"""The CSV records of many runs as one table."""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import polars as pl


def read_records(paths: Mapping[int, Path]) -> pl.DataFrame:
    """Reads files of numbers that may still be growing.

    Args:
        paths: by the numbers of the runs.

    Returns:
        All their rows under each other, with the number of the `run` before them; null where a cell
        is empty or a file has no such column. A last line that was cut short is left out.
    """
    parts: dict[bytes, list[tuple[int, bytes]]] = {}
    for run, path in paths.items():
        try:
            content = path.read_bytes()
        except OSError:
            continue
        header, _, body = content[: content.rfind(b"\n") + 1].partition(b"\n")
        if body:
            parts.setdefault(header, []).append((run, body))
    tables = [read_alike(header, some) for header, some in parts.items()]
    if not tables:
        return pl.DataFrame(schema={"run": pl.Int64})
    return pl.concat(tables, how="diagonal_relaxed")


def read_alike(header: bytes, parts: Sequence[tuple[int, bytes]]) -> pl.DataFrame:
    """Files of the same columns."""
    table = pl.read_csv(
        io.BytesIO(b"\n".join([header, b"".join(body for _, body in parts)])),
        # As texts, as a cell may hold what is no number.
        infer_schema=False,
        truncate_ragged_lines=True,
    )
    rows = [body.count(b"\n") for _, body in parts]
    runs = np.repeat([run for run, _ in parts], rows)
    numbers = table.select(pl.all().cast(pl.Float64, strict=False))
    return numbers.insert_column(0, pl.Series("run", runs, dtype=pl.Int64))
