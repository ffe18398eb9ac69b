"""Reads runs, compares them, and leaves what came of it in files."""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from triceras.errors import UserError
from triceras.reporting.comparison import comparisons
from triceras.reporting.differences import differences
from triceras.reporting.groups import Results, results
from triceras.reporting.notes import notes
from triceras.reporting.run_files import FINISHED, Run
from triceras.reporting.runs import counts, read
from triceras.reporting.settings import Settings
from triceras.reporting.verdict import verdict


@dataclasses.dataclass
class Compared:
    """One comparison, and all that is said of it.

    Args:
        results: its tables.
        differences: between its settings.
        verdict: sentences, the answer first.
        notes: what a reader must know.
    """

    results: Results
    differences: pl.DataFrame
    verdict: list[str]
    notes: list[str]


@dataclasses.dataclass
class Report:
    """Everything about some runs.

    Args:
        settings: what was asked for.
        runs: all of them.
        compared: their comparisons.
        notes: what a reader must know of all.
    """

    settings: Settings
    runs: list[Run]
    compared: list[Compared]
    notes: list[str]

    @property
    def counts(self) -> Mapping[str, int]:
        """How many runs have ended how."""
        return counts(self.runs)

    @property
    def unfinished(self) -> list[Run]:
        """The runs that have not finished, by how they ended."""
        left = [run for run in self.runs if run.status != FINISHED]
        return sorted(left, key=lambda run: run.status)


def make(settings: Settings) -> Report:
    """Reads the runs that settings name, and compares them.

    Raises:
        UserError: there are none, or something that was asked for is in none of them.
    """
    runs, said = read(settings.folders)
    compared = []
    for comparison in comparisons(runs, settings):
        found = results(comparison)
        apart = differences(found)
        compared.append(Compared(found, apart, verdict(found, apart), notes(found)))
    if len(compared) > 1:
        said.append(
            f"these are {len(compared)} comparisons, of several experiments or metrics, and say "
            "nothing of each other: by=experiment compares experiments judged by the same metric"
        )
    return Report(settings, runs, compared, said)


def check_place(folder: Path) -> None:
    """Makes the folder of a report.

    Raises:
        UserError: it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(
            f"cannot write the report in {folder}: {error.strerror}; choose another folder with "
            "output_dir=<folder>"
        ) from error


def titles(compared: Sequence[Compared]) -> list[str]:
    """A title for each comparison, no two the same."""
    found = []
    for one in compared:
        comparison = one.results.comparison
        less = "less" if comparison.mode == "min" else "more"
        found.append(f"{comparison.experiment}: {comparison.monitor}, {less} is better")
    return found
