"""Writes the tables in docs/ from results: python scripts/tables.py --parity outputs/parity."""

import argparse
import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

with contextlib.suppress(ModuleNotFoundError):  # where Python does not look beside scripts
    import _environment  # noqa: F401

from triceras.benchmark import page as benchmark
from triceras.config import ROOT
from triceras.errors import UserError
from triceras.parity import report as parity
from triceras.testing.tables import Table, makers, written


def tables(options: argparse.Namespace) -> Iterator[Table]:
    """The tables that every project may have."""
    if options.parity:
        checks = parity.read(options.parity)
        different = (f"{c['experiment']}: not the same" for c in checks if not c["passed"])
        yield Table("parity", parity.markdown(checks), tuple(different))
    if options.benchmark:
        yield Table("benchmark", benchmark.markdown(benchmark.read(options.benchmark)))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--parity", type=Path, help="folder with results of scripts/parity.py")
    parser.add_argument(
        "--benchmark", type=Path, help="folder with results of scripts/benchmark.py"
    )
    parser.add_argument("--check", action="store_true", help="write nothing; fail if it would")
    parser.add_argument("--docs", type=Path, default=ROOT / "docs", help="folder of the pages")
    own = list(makers())
    for maker in own:
        maker.add_arguments(parser)
    options = parser.parse_args()
    if not options.docs.is_dir():
        parser.error(f"--docs={options.docs} is not a folder")

    made = [*tables(options), *(table for maker in own for table in maker.tables(options))]
    if not made:
        parser.error("nothing to write: name results with --parity or --benchmark")
    problems = [problem for table in made for problem in table.problems]
    for path, text in written(options.docs, made).items():
        if options.check:
            problems.append(f"{path} does not say what the results say")
        else:
            path.write_text(text)
    print(*problems or ["all as it should be"], sep="\n")
    return 1 if problems else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except UserError as error:
        sys.exit(f"error: {error}")
