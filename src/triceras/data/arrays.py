"""Named arrays of any shapes from a file: the source `data=arrays`."""

import logging
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from triceras.data import array_files, tables
from triceras.data.beside_imports import only_reads
from triceras.data.dataset import Dataset
from triceras.data.parts import first_input
from triceras.data.split_parts import split_parts
from triceras.data.tables import Columns

log = logging.getLogger(__name__)


@only_reads
def load(
    *,
    path: str,
    parts: Columns | None = None,
    memory_mb: float | None = math.inf,
    kept: Mapping[str, Any] | None = None,
    **options: Any,
) -> Dataset:
    """Loads named arrays.

    Args:
        path: an `.npz` file, a folder of `.npy` files, or a table (CSV, TSV or Parquet). Arrays
            are called `<part>_train`, `<part>_validation` and `<part>_test`, or only `<part>`,
            and are then split by seed.
        parts: of a table, of each part its column or a list of columns; `None` for a part of each
            column.
        memory_mb: `.npy` files that are larger, in MiB, stay on disk, and are read as they are
            needed; `None` for no such limit.
        kept: what the run has kept of its data.
        **options: of `triceras.data.split_parts`.

    Returns:
        A `Dataset`.

    Raises:
        UserError: the file is not what it should be, or an option is not an allowed one.
    """
    arrays, sha256 = array_files.read(path, parts, math.inf if memory_mb is None else memory_mb)
    splits = array_files.by_split(arrays, f"data.path={path}")
    columns = list(splits["train"])
    says = parts is not None or options.get("inputs") is not None
    if tables.is_table(path) and len(columns) > 2 and not says:
        given = first_input(columns)
        log.warning(
            "data.path=%s: without data.parts each of its %d columns is a part, and a model is "
            "given %r alone: put several together, data.parts={x: [%s, ...], label: ...}",
            path,
            len(columns),
            given,
            given,
        )
    return split_parts(
        Path(path).stem,
        splits["train"],
        validation=splits.get("validation"),
        test=splits.get("test"),
        sha256=sha256,
        kept=kept,
        **options,
    )
