"""Keeps every step and every epoch in two CSV files of the run folder."""

import contextlib
import csv
import logging
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from triceras.tracking.every import check_log_every, kept_steps
from triceras.tracking.tracker import Tracker

log = logging.getLogger(__name__)


class CsvFiles(Tracker):
    """Writes `steps.csv` and `epochs.csv`.

    Numbers are written with as many digits as it takes to read back the same bits, and are in the
    file when a call returns.

    Args:
        log_every: keep the steps whose number it divides; 1 keeps every step.

    Raises:
        UserError: `log_every` is not a whole number of at least 1.
    """

    def __init__(self, log_every: int = 1):
        check_log_every("log_every", log_every)
        self.log_every = log_every
        self.steps: CsvFile | None = None
        self.epochs: CsvFile | None = None

    def start(self, folder: Path, config: Mapping[str, Any], run: Mapping[str, Any]) -> None:
        """Makes the files, or cuts those of a run that goes on back to where it does."""
        resumed = run.get("resumed_from")
        for name, unit in {"steps": "step", "epochs": "epoch"}.items():
            path = folder / f"{name}.csv"
            if resumed:
                cut(path, resumed[unit])
                self.tell_of_a_gap(path, unit, resumed[unit])
            setattr(self, name, CsvFile(path, append=bool(resumed)))

    def tell_of_a_gap(self, path: Path, unit: str, goes_on: int) -> None:
        """Says which lines are missing before a run goes on, as of a file that was cut or lost."""
        wanted = range(0, goes_on, self.log_every if unit == "step" else 1)
        missing = sorted({*wanted} - {*numbers(path)})
        if missing:
            log.warning(
                f"{path} lacks {len(missing)} of the {len(wanted)} {unit}s before {unit} "
                f"{goes_on}, with which the run goes on: {unit} {missing[0]} is the first that is "
                "lost"
            )

    def log_steps(self, first_step: int, values: Mapping[str, np.ndarray]) -> None:
        """Adds lines to `steps.csv`."""
        kept = kept_steps(first_step, values, self.log_every)
        if self.steps and len(kept["step"]):
            self.steps.write(list(kept), zip(*kept.values(), strict=True))

    def log_epoch(self, epoch: int, step: int, metrics: Mapping[str, float]) -> None:
        """Adds a line to `epochs.csv`."""
        if self.epochs:
            row = {"epoch": epoch, "step": step, **metrics}
            self.epochs.write(list(row), [row.values()])

    def sync(self) -> None:
        """Waits until the files are on the disk."""
        for file in (self.steps, self.epochs):
            if file and file.file:
                os.fsync(file.file.fileno())

    def finish(self, status: str, summary: Mapping[str, Any], checkpoint: Path | None) -> None:
        """Closes the files."""
        for file in (self.steps, self.epochs):
            if file:
                file.close()
        self.steps = self.epochs = None


def cut(path: Path, limit: int) -> None:
    """Cuts a file back to the lines whose first number is below `limit`, and to whole lines."""
    if not path.exists():
        return
    length = 0
    with open(path, "r+b") as file:
        for row, line in enumerate(file):
            number = line.partition(b",")[0]
            # A killed process may have left half a line, and a full disk anything.
            whole = line.endswith(b"\n") and (row == 0 or number.isdigit())
            if not whole or (row and int(number) >= limit):
                break
            length += len(line)
        file.truncate(length)


def numbers(path: Path) -> list[int]:
    """The first numbers of a file's whole lines."""
    if not path.exists():
        return []
    with open(path, "rb") as file:
        firsts = (line.partition(b",")[0] for line in file if line.endswith(b"\n"))
        return [int(number) for number in firsts if number.isdigit()]


class CsvFile:
    """A CSV file that grows; its columns are those of its first rows.

    Where it cannot be written, it says so once and writes no more.
    """

    def __init__(self, path: Path, append: bool = False):
        self.path = path
        self.columns: list[str] = []
        self.left_out: set[str] = set()
        self.file: TextIO | None = None
        try:
            # A file that is there belongs to another run: it is never written over.
            mode = "a" if append else "x"
            self.file = open(path, mode, newline="", encoding="utf-8")  # noqa: SIM115
            if append:
                with open(path, newline="", encoding="utf-8") as written:
                    self.columns = next(csv.reader(written), [])
        except OSError as error:
            self.give_up(error)

    def write(self, columns: Sequence[str], rows: Iterable[Iterable[Any]]) -> None:
        """Adds rows.

        Args:
            columns: their names; one that the first rows did not have is left out.
            rows: their values.
        """
        if self.file is None:
            return
        try:
            writer = csv.writer(self.file, lineterminator="\n")
            if not self.columns:
                self.columns = list(columns)
                writer.writerow(self.columns)
            if list(columns) != self.columns:
                rows = self.fitted(columns, rows)
            # str, because NumPy's is the shortest that reads back the same bits.
            writer.writerows([str(value) for value in row] for row in rows)
            self.file.flush()
        except OSError as error:
            self.give_up(error)

    def fitted(self, columns: Sequence[str], rows: Iterable[Iterable[Any]]) -> list[list[Any]]:
        """Rows of other columns as rows of this file's, with nothing where they have no value."""
        new = set(columns) - set(self.columns) - self.left_out
        if new:
            self.left_out |= new
            log.warning(
                f"{self.path} leaves out {', '.join(sorted(new))}, which came after its first row"
            )
        named = [dict(zip(columns, row, strict=True)) for row in rows]
        return [[row.get(column, "") for column in self.columns] for row in named]

    def give_up(self, error: OSError) -> None:
        """Says why, and closes the file."""
        log.warning(f"cannot write {self.path}: {error.strerror or error}; the run goes on without")
        # Closing writes what is left, which fails for the same reason.
        with contextlib.suppress(OSError):
            self.close()

    def close(self) -> None:
        """Closes the file; what is written to it from then on is left out."""
        file, self.file = self.file, None
        if file is not None:
            file.close()
