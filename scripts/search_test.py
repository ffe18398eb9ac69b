"""Lets two commands share a search of which some trials fail: python scripts/search_test.py."""

import argparse
import contextlib
import sys
import tempfile
from pathlib import Path

with contextlib.suppress(ModuleNotFoundError):  # where Python does not look beside scripts
    import _environment  # noqa: F401

from triceras.testing.searches import search


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--trials", type=int, default=20, help="of the study (default: 20)")
    parser.add_argument("--commands", type=int, default=2, help="at once (default: 2)")
    parser.add_argument("--failing", type=int, nargs="*", default=[2, 7, 11, 16])
    parser.add_argument("--pruned", type=int, default=3, help="at least so many (default: 3)")
    parser.add_argument("overrides", nargs="*", help="more of the configuration")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="triceras-search-"))
    failing = [number for number in options.failing if number < options.trials]
    found = search(folder, options.trials, failing, options.commands, *options.overrides)
    print(f"trials: {dict(found.states)}, {found.values} with a value")
    print(f"by the commands: {found.commands}, exit codes {found.codes}")
    for error in found.errors:
        print(f"failed: {error}")
    print(f"best in the storage: {found.best}")
    for line in found.told:
        print(f"told: {line}")
    print(f"folder: {folder}")
    expected = sorted(f"trial {one} was made to fail" for one in failing)
    good = (
        sum(found.states.values()) == options.trials
        and sorted(found.errors) == expected
        and found.values == options.trials - len(failing)
        and found.states["PRUNED"] >= options.pruned
        and found.best is not None
        and any(line.startswith(f"best: trial {found.best[0]}, ") for line in found.told)
        and len(found.commands) == options.commands
    )
    print("good" if good else "NOT as it should be")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
