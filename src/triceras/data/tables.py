"""Reads CSV and Parquet tables, with pandas."""

import io
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from triceras.data.beside_imports import wait_for_imports
from triceras.data.categories import is_number
from triceras.data.npz import content_of
from triceras.data.table_checks import (
    check_cells,
    check_codes,
    check_joined,
    check_rows,
)
from triceras.errors import UserError, one_line

ENDINGS = (".csv", ".tsv", ".parquet")
Columns = Mapping[str, str | Sequence[str]]


def read(path: Path, columns: Columns | None, where: str) -> tuple[dict[str, np.ndarray], bytes]:
    """Reads a table.

    Args:
        path: a file whose name ends as one of `ENDINGS`.
        columns: of each part its column, or a list of such, which are put side by side; `None`
            for a part of each column.
        where: the file, at the start of each message.

    Returns:
        Arrays by part, `(rows,)` of a column and `(rows, columns)` of a list; and the file's bytes.

    Raises:
        UserError: it is no such table, has empty cells in these columns, or lacks one.
    """
    check_columns(columns)
    content = content_of(path, where)
    table = parsed(path, content, where)
    there = [str(name) for name in table.columns]
    twice = [name for name in dict.fromkeys(there) if there.count(name) > 1]
    if twice:
        raise UserError(f"{where} has the column {twice[0]!r} twice: rename one")
    found = {}
    for part, names in (columns or {name: name for name in there}).items():
        several = not isinstance(names, str)
        arrays = [
            column(table, there, str(name), where) for name in (names if several else [names])
        ]
        if not arrays:
            raise UserError(f"data.parts.{part} is an empty list: name its columns")
        found[str(part)] = together(part, arrays, where) if several else arrays[0]
    return found, content


def is_table(path: Any) -> bool:
    """Whether a file is read as a table, by its name."""
    return str(path).lower().endswith(ENDINGS)


def check_columns(columns: Any) -> None:
    """Checks that each part has a column, or a list of them.

    Raises:
        UserError: one has not.
    """
    if columns is not None and not isinstance(columns, Mapping):
        raise UserError(
            f"data.parts={columns} is no group of parts: use data.parts={{features: [age, bmi], "
            "label: sick}"
        )
    for part, names in (columns or {}).items():
        if not isinstance(names, str | list | tuple):
            raise UserError(f"data.parts.{part}={names} is no column, and no list of columns")


def parsed(path: Path, content: bytes, where: str) -> Any:
    """The table of a file's bytes."""
    # Keras, while it is imported, has a stand-in for pandas.
    wait_for_imports()
    try:
        import pandas
    except ImportError as error:
        raise UserError(f"{where} is read with pandas: pip install pandas") from error
    try:
        if path.suffix.lower() == ".parquet":
            return pandas.read_parquet(io.BytesIO(content))
        separator = "\t" if path.suffix.lower() == ".tsv" else ","
        names = check_cells(content, separator, where)
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always", pandas.errors.ParserWarning)
            # Only an empty cell is none: a city may be called NA, and a class None.
            table = pandas.read_csv(
                io.BytesIO(content.rstrip(b"\r\n")),
                sep=separator,
                index_col=False,  # or a comma at the end of each row would shift all columns
                keep_default_na=False,
                na_values=[""],
                float_precision="round_trip",  # as pandas' own is off by a bit now and then
                low_memory=False,  # or a long column may be texts and numbers, in two parts
                skip_blank_lines=len(names) > 1,  # of one column it is an empty cell
            )
        if told:
            check_rows(content, separator, where)
        check_codes(table, content, separator, where)
    except UserError:
        raise
    except ImportError as error:
        raise UserError(f"{where} is read with pyarrow: pip install pyarrow") from error
    except UnicodeDecodeError as error:
        raise UserError(f"{where} is no UTF-8 ({one_line(error)}): save it as UTF-8") from error
    # A damaged file makes the readers raise whatever they come upon.
    except Exception as error:
        raise UserError(
            f"{where} cannot be read as a table ({one_line(error)}): mend it, or save it anew"
        ) from error
    if path.suffix.lower() == ".tsv":
        check_joined(table, where)
    return table


def column(table: Any, there: Sequence[str], name: str, where: str) -> np.ndarray:
    """A column as numbers, or as texts."""
    if name not in there:
        raise UserError(f"{where} has no column {name!r}, but {', '.join(there)}")
    series = table.iloc[:, there.index(name)]
    empty = int(series.isna().sum())
    if empty:
        raise UserError(
            f"{where}: the column {name!r} has {empty} empty cells of {len(series)}: fill them, or "
            "take these rows or the column out"
        )
    values = series.to_numpy()
    if values.dtype.kind == "b":
        return values.astype(np.int32)
    if values.dtype.kind in "iuf":
        return values
    if not all(isinstance(value, str) for value in values):
        odd = next(value for value in values if not isinstance(value, str))
        raise UserError(
            f"{where}: the column {name!r} holds {type(odd).__name__}; wanted are numbers or texts"
        )
    texts = values.astype(np.str_)
    check_no_numbers(texts, f"{where}: the column {name!r}")
    return texts


def check_no_numbers(texts: np.ndarray, where: str) -> None:
    """Checks that texts are not numbers, but for a few of them.

    One cell that says NA makes texts of a column of numbers, and these would be told apart in the
    order of the alphabet.

    Raises:
        UserError: they are.
    """
    different, counts = np.unique(texts, return_counts=True)
    odd = np.array([not is_number(text) for text in different.tolist()])
    like = np.array([is_number(text.replace(",", ".")) for text in different.tolist()])
    if not odd.any() or 2 * counts[like].sum() < len(texts):
        return
    told = ", ".join(repr(text) for text in different[odd][:3].tolist())
    raise UserError(
        f"{where} holds numbers, and {counts[odd].sum()} cells of {len(texts)} that are none "
        f"({told}): fill them, or take these rows or the column out; a decimal comma becomes a "
        "point; where all are names, put a letter before each"
    )


def together(part: str, arrays: Sequence[np.ndarray], where: str) -> np.ndarray:
    """Columns side by side."""
    texts = {array.dtype.kind == "U" for array in arrays}
    if len(texts) > 1:
        raise UserError(
            f"{where}: data.parts.{part} puts columns of texts beside columns of numbers: make two "
            "parts of them"
        )
    return np.stack(arrays, axis=-1)
