"""The file of predictions, which is written batch by batch, however long it gets."""

import importlib
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from triceras.errors import UserError
from triceras.runs.folder import replacing

Outputs = dict[str, np.ndarray]
ROW = "row"


def check_output(path: str) -> None:
    """Checks the name of a file of predictions.

    Raises:
        UserError: it ends in neither .npz nor .parquet, or Parquet cannot be written.
    """
    ending = Path(path).suffix
    if ending not in (".npz", ".parquet"):
        raise UserError(f"output={path} ends in neither .npz nor .parquet: let it end in one")
    if ending == ".parquet":
        try:
            importlib.import_module("pyarrow.parquet")
        except ImportError as error:
            raise UserError(
                f"output={path} needs the package pyarrow: pip install pyarrow, or use .npz"
            ) from error


@contextmanager
def written(path: Path, rows: np.ndarray) -> Iterator[Callable[[Outputs], None]]:
    """Writes a file of predictions, which is there when all of it is.

    Args:
        path: of the file.
        rows: the numbers of all rows, in the order in which they come; in the file they are sorted.

    Yields:
        A function that takes the outputs of the next rows, which may be shorter than the first
        ones: zeros follow.

    Raises:
        UserError: the file cannot be written.
    """
    order = np.argsort(rows, kind="stable")
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".predictions-") as folder:
            arrays: dict[str, np.memmap] = {}
            taken = 0

            def write(outputs: Outputs) -> None:
                nonlocal taken
                count = len(next(iter(outputs.values())))
                for called, values in outputs.items():
                    name = f"output_{called}" if called == ROW else called
                    if name not in arrays:
                        file = Path(folder) / f"{name.replace('/', '_')}.npy"
                        shape = (len(rows), *values.shape[1:])
                        arrays[name] = np.lib.format.open_memmap(file, "w+", values.dtype, shape)
                    within = tuple(map(slice, values.shape[1:]))
                    arrays[name][(place[taken : taken + count], *within)] = values
                taken += count

            yield write
            save = to_parquet if path.suffix == ".parquet" else to_npz
            with replacing(path) as temporary:
                save(temporary, np.sort(rows), arrays)
    except OSError as error:
        raise UserError(f"output={path} cannot be written ({error.strerror or error})") from error


def to_npz(path: Path, rows: np.ndarray, arrays: dict[str, np.memmap]) -> None:
    """An uncompressed `.npz` of arrays that may be larger than memory."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        with archive.open(f"{ROW}.npy", "w") as member:
            np.lib.format.write_array(member, rows)
        for name, array in arrays.items():
            array.flush()
            archive.write(str(array.filename), f"{name}.npy")


def to_parquet(path: Path, rows: np.ndarray, arrays: dict[str, np.memmap]) -> None:
    """A Parquet table: a column for each output, of lists where that is no single number."""
    pyarrow = importlib.import_module("pyarrow")
    parquet = importlib.import_module("pyarrow.parquet")
    block = 65536
    writer = None
    for start in range(0, len(rows), block):
        columns = {ROW: pyarrow.array(rows[start : start + block])}
        for name, array in arrays.items():
            part = np.asarray(array[start : start + block])
            columns[name] = pyarrow.array(
                part if part.ndim == 1 else list(part.reshape(len(part), -1))
            )
        table = pyarrow.table(columns)
        writer = writer or parquet.ParquetWriter(path, table.schema)
        writer.write_table(table)
    if writer is not None:
        writer.close()
