"""The tables of a report as files."""

from pathlib import Path

import polars as pl

from triceras.reporting.labels import PREFIX, labels
from triceras.reporting.report import Compared, Report
from triceras.reporting.run_files import Run, printable
from triceras.reporting.tables import experiment_of
from triceras.runs.folder import replacing


def write_tables(report: Report, folder: Path) -> list[Path]:
    """Writes `runs`, `groups` and `differences`, each as CSV and Parquet.

    Args:
        report: the report.
        folder: that is there.

    Returns:
        The files.
    """
    return [
        *write(runs_of(report), folder / "runs"),
        *write(joined([groups_of(one) for one in report.compared]), folder / "groups"),
        *write(joined([differences_of(one) for one in report.compared]), folder / "differences"),
    ]


def write(table: pl.DataFrame, path: Path) -> list[Path]:
    """Writes one table, each file whole or not at all."""
    files = []
    for ending, method in ((".csv", table.write_csv), (".parquet", table.write_parquet)):
        files.append(path.with_suffix(ending))
        with replacing(files[-1]) as temporary, open(temporary, "wb") as file:
            method(file)
    return files


def joined(tables: list[pl.DataFrame]) -> pl.DataFrame:
    """Tables under each other; what one of them lacks is empty in it."""
    return pl.concat(tables, how="diagonal_relaxed") if tables else pl.DataFrame()


def runs_of(report: Report) -> pl.DataFrame:
    """All runs, those too that could not be compared."""
    tables = [named(one.results.runs.drop("place", "cell")) for one in report.compared]
    return joined([*tables, bare([run for run in report.runs if not run.settings])])


def bare(runs: list[Run]) -> pl.DataFrame:
    """Runs of which no more is known than how they ended."""
    return pl.DataFrame(
        {
            "experiment": [experiment_of(run) for run in runs],
            "id": [run.id for run in runs],
            "seed": [run.words.get("seed") for run in runs],
            "status": [run.status for run in runs],
            "line": [run.line for run in runs],
            "folder": [printable(str(run.folder)) for run in runs],
        },
        schema=dict.fromkeys(["experiment", "id", "seed", "status", "line", "folder"], pl.String),
    )


def groups_of(one: Compared) -> pl.DataFrame:
    """A comparison's settings, with what they were judged by."""
    return with_comparison(named(one.results.groups), one)


def differences_of(one: Compared) -> pl.DataFrame:
    """A comparison's differences, with the names of the settings."""
    names = labels(one.results.groups)
    table = one.differences.with_columns(
        pl.Series(f"{side}_name", [names[place - 1] for place in one.differences[side]], pl.String)
        for side in ("setting", "against")
    )
    return with_comparison(table, one)


def with_comparison(table: pl.DataFrame, one: Compared) -> pl.DataFrame:
    """A table with the experiment and the metric of a comparison in front."""
    comparison = one.results.comparison
    facts = {
        "experiment": comparison.experiment,
        "monitor": comparison.monitor,
        "mode": comparison.mode,
    }
    front = [
        pl.lit(value).alias(name) for name, value in facts.items() if name not in table.columns
    ]
    return table.select(*front, pl.all())


def named(table: pl.DataFrame) -> pl.DataFrame:
    """A table whose settings have the names that they have in configurations."""
    settings = [name for name in table.columns if name.startswith(PREFIX)]
    own = {name: name.removeprefix(PREFIX) for name in settings}
    # A setting of the name of another column says the same as that.
    twice = [key for key in own.values() if key in ("experiment", "seed", "data_sha256")]
    table = table.drop(key for key in twice if key in table.columns)
    return table.rename({name: key for name, key in own.items() if key not in table.columns})
