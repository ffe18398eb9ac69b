"""Writes the README's tables from results: python scripts/tables.py --sweep outputs/sweeps/<id>."""

import argparse
import sys
import tempfile
from pathlib import Path

from triceras.backend import BACKENDS, installed
from triceras.benchmark import readme as benchmark
from triceras.errors import UserError
from triceras.parity import report as parity
from triceras.testing import coverage, figures
from triceras.testing.markdown import with_generated
from triceras.testing.suite import run_suite

ROOT = Path(__file__).parents[1]
GUIDE = ROOT / "tests" / "guide"


def run_tests() -> Path:
    """Runs the tests of the guide on each installed backend; returns the folder of the results."""
    folder = Path(tempfile.mkdtemp(prefix="triceras-tests-"))
    for backend in installed():
        print(f"{backend:<12}{run_suite(backend, [str(GUIDE)], folder, print).closing}", flush=True)
    return folder


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument(
        "--results", type=Path, help="folder of <backend>.xml, of tests/guide (default: run them)"
    )
    parser.add_argument(
        "--sweep",
        type=Path,
        action="append",
        help="folder of a sweep of the guide's experiments; may be repeated (default: leave the "
        "table of figures as it is)",
    )
    parser.add_argument(
        "--parity",
        type=Path,
        help="folder with results of scripts/parity.py; without --results or --sweep, writes "
        "no other table but that of --benchmark",
    )
    parser.add_argument(
        "--benchmark",
        type=Path,
        help="folder with results of scripts/benchmark.py; as --parity",
    )
    parser.add_argument("--check", action="store_true", help="write nothing; fail if it would")
    parser.add_argument("--readme", type=Path, default=ROOT / "README.md")
    options = parser.parse_args()
    if options.results and not options.results.is_dir():
        parser.error(f"--results={options.results} is not a folder")
    if not options.readme.is_file():
        parser.error(f"--readme={options.readme} is not a file")

    before = text = options.readme.read_text()
    problems = []
    if options.sweep:
        wanted = figures.read_figures(GUIDE / "figures.yaml")
        runs = figures.read_runs(options.sweep)
        text = with_generated(text, "figures", figures.figures_table(wanted, runs))
        problems += figures.problems(wanted, runs)
    if options.parity:
        checks = parity.read(options.parity)
        text = with_generated(text, "parity", parity.markdown(checks))
        problems += [f"{c['experiment']}: not the same" for c in checks if not c["passed"]]
    if options.benchmark:
        results = benchmark.read(options.benchmark)
        text = with_generated(text, "benchmark", benchmark.markdown(results))
    if options.results or options.sweep or not (options.parity or options.benchmark):
        folder = options.results or run_tests()
        blocks = coverage.read_blocks(GUIDE / "blocks.yaml")
        tests = {b: coverage.read_results(folder / f"{b}.xml") for b in BACKENDS}
        text = with_generated(text, "coverage", coverage.coverage(blocks, tests))
        problems += coverage.problems(blocks, tests)
    if options.check and text != before:
        problems.append(f"{options.readme} does not say what the results say")
    elif text != before:
        options.readme.write_text(text)
    print(*problems or ["all as it should be"], sep="\n")
    return 1 if problems else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except UserError as error:
        sys.exit(f"error: {error}")
