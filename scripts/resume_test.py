"""Stops runs on one backend and goes on with them on another: python scripts/resume_test.py."""

import argparse
import contextlib
import itertools
import sys
import tempfile
from pathlib import Path

with contextlib.suppress(ModuleNotFoundError):  # where Python does not look beside scripts
    import _environment  # noqa: F401

from rich.console import Console
from rich.table import Table

from triceras.backend import installed
from triceras.testing.crossing import compare_crossed

TOLERANCE = 1e-5


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--steps", type=int, default=500, help="on the other backend")
    parser.add_argument("--before", type=int, default=100, help="on the first one")
    parser.add_argument("overrides", nargs="*", help="more of the configuration")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="triceras-crossing-"))
    table = Table("from", "to", "worst relative difference of the loss")
    good = True
    for pair in itertools.permutations(installed(), 2):
        worst = compare_crossed(*pair, options.before, options.steps, options.overrides, folder)
        good &= worst <= TOLERANCE
        table.add_row(*pair, f"{worst:.1e}")
        print(f"{pair[0]} to {pair[1]}: {worst:.1e}", flush=True)
    Console().print(table)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
