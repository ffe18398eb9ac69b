"""Whether a table of text is what its first lines look like, where pandas would not say."""

import csv
import io
import itertools
import re
from collections.abc import Sequence
from typing import Any

from triceras.errors import UserError

# By what columns of a file may be separated that is read by another one.
SEPARATORS = (";", "\t", "|", ",")
# A cell that begins as a code does, and no number that a program writes.
CODE = re.compile(rb"(?:^|[\n\r,\t\"])\s*0[0-9]")


def check_cells(content: bytes, separator: str, where: str) -> list[str]:
    """Checks that each cell of the first row has a name of its own.

    pandas would leave those without out, and give those of one name others.

    Returns:
        The names.

    Raises:
        UserError: one has none, or two have the same.
    """
    lines = io.TextIOWrapper(io.BytesIO(content), "utf-8-sig", newline="")
    names, first, *_ = [*itertools.islice(csv.reader(lines, delimiter=separator), 2), [], []]
    # Numbers with a comma for a point would make columns of one.
    check_separated(names, where)
    if any(first[len(names) :]):
        raise UserError(
            f"{where} has {len(first)} cells in its first row, and {len(names)} names above it: "
            "give each column one"
        )
    twice = [name for name in dict.fromkeys(names) if name and names.count(name) > 1]
    if twice:
        raise UserError(f"{where} has the column {twice[0]!r} twice: rename one")
    return names


def check_rows(content: bytes, separator: str, where: str) -> None:
    """Checks that no row has a cell more than there are columns, which pandas leaves out.

    Raises:
        UserError: one has. Commas at the end of a row do not count.
    """
    lines = io.TextIOWrapper(io.BytesIO(content), "utf-8-sig", newline="")
    names, *rows = csv.reader(lines, delimiter=separator)
    for number, row in enumerate(rows, 2):
        if any(row[len(names) :]):
            raise UserError(
                f"{where} has {len(row)} cells in row {number}, and {len(names)} names above "
                "them: a text with a comma in it wants quotes around it"
            )


def check_separated(columns: Sequence[str], where: str) -> None:
    """Checks that columns are separated by what they are read by.

    Raises:
        UserError: there is one alone, with a name like several.
    """
    (name, *more) = columns or [""]
    found = next((mark for mark in SEPARATORS if mark in name), None)
    if found and not more:
        raise UserError(
            f"{where} has one column, {name!r}, as its columns are separated by {found!r}: save it "
            "with commas as .csv, or with tabs as .tsv"
        )


def check_joined(table: Any, where: str) -> None:
    """Checks that no cell of a file with tabs has a tab and the end of a line in it.

    A quotation mark at the beginning of a cell, where texts are not quoted, makes one cell of all
    up to the next one.

    Raises:
        UserError: one has.
    """
    for name in table.select_dtypes(exclude="number"):
        for row, cell in enumerate(table[name]):
            if isinstance(cell, str) and "\t" in cell and "\n" in cell:
                raise UserError(
                    f"{where}: the column {str(name)!r} of row {row + 2} has several lines in it, "
                    'as its text begins with a quotation mark: write """ for such a one, and '
                    "\" at the text's end, or take it out"
                )


def check_codes(table: Any, content: bytes, separator: str, where: str) -> None:
    """Checks that no column of whole numbers has two texts that are one number, as `01` and `1`.

    Raises:
        UserError: one has, so that two codes would be one.
    """
    whole = [name for name, kind in table.dtypes.items() if kind.kind in "iu"]
    if not whole or not CODE.search(content):
        return
    import pandas

    texts = pandas.read_csv(
        io.BytesIO(content), sep=separator, index_col=False, usecols=whole, dtype=str
    )
    for name in whole:
        first: dict[int, str] = {}
        for text in map(str.strip, texts[name].dropna().unique()):
            other = first.setdefault(int(text), text)
            # As numbers that are rounded are written.
            if other != text and {other, text} != {"0", "-0"}:
                raise UserError(
                    f"{where}: the column {str(name)!r} has {other!r} and {text!r}, which are one "
                    "number: write them alike, or put a letter before each where they are codes"
                )
