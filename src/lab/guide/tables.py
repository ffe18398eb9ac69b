"""The guide's two tables, for `scripts/tables.py`: its figures, and its blocks."""

import tempfile
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from pathlib import Path

from lab.guide import coverage, figures
from triceras.backend import BACKENDS, installed
from triceras.config import ROOT
from triceras.errors import UserError
from triceras.testing import Table, run_suite

TESTS = ROOT.joinpath("tests", *__name__.split(".")[:-1], "test_blocks.py")


def add_arguments(parser: ArgumentParser) -> None:
    """Adds the options that the guide's tables are asked for with."""
    parser.add_argument(
        "--results",
        type=Path,
        help="folder of <backend>.xml, of the tests of the guide's blocks (default: run them, "
        "where no other table is asked for)",
    )
    parser.add_argument(
        "--sweep",
        type=Path,
        action="append",
        help="folder of a sweep of the guide's experiments; may be repeated",
    )


def tables(options: Namespace) -> Iterator[Table]:
    """The table of figures if there is a sweep, and the one of blocks unless others are asked for.

    Raises:
        UserError: the results are not there.
    """
    if options.sweep:
        wanted, runs = figures.read_figures(), figures.read_runs(options.sweep)
        text = figures.figures_table(wanted, runs)
        yield Table("figures", text, tuple(figures.problems(wanted, runs)))
    if options.results or not (options.sweep or options.parity or options.benchmark):
        folder = options.results or run_tests()
        if not folder.is_dir():
            raise UserError(f"--results={folder} is not a folder")
        blocks = coverage.read_blocks()
        tests = {name: coverage.read_results(folder / f"{name}.xml") for name in BACKENDS}
        text = coverage.coverage(blocks, tests)
        yield Table("coverage", text, tuple(coverage.problems(blocks, tests)))


def run_tests() -> Path:
    """Runs the tests of the guide on each installed backend; returns the folder of the results."""
    folder = Path(tempfile.mkdtemp(prefix="triceras-tests-"))
    for backend in installed():
        print(f"{backend:<12}{run_suite(backend, [str(TESTS)], folder, print).closing}", flush=True)
    return folder
