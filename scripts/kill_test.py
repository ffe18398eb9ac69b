"""Kills runs at random moments and resumes them: python scripts/kill_test.py --kills 30."""

import argparse
import contextlib
import os
import sys
import tempfile
from pathlib import Path

with contextlib.suppress(ModuleNotFoundError):  # where Python does not look beside scripts
    import _environment  # noqa: F401

from rich.console import Console
from rich.table import Table

from triceras.backend import installed
from triceras.testing import small
from triceras.testing.kills import compare_killed

# Small ones, of epochs enough for as many kills as are asked for.
EXPERIMENTS = {"autoencoder": ["epochs=150"], "classifier": ["epochs=150"]}
LOOPS = ("custom", "fit")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--kills", type=int, default=30, help="of each run (default: 30)")
    parser.add_argument("--seed", type=int, default=0, help="of the moments")
    parser.add_argument("--backend", action="append", choices=installed())
    parser.add_argument("--loop", action="append", choices=LOOPS)
    parser.add_argument(
        "--experiment", action="append", help="of conf/ (default: those of triceras.testing.small)"
    )
    parser.add_argument("overrides", nargs="*", help="more of the configuration")
    options = parser.parse_args()
    if not options.experiment:
        os.environ["TRICERAS_CONF"] = str(small.CONF)
    folder = Path(tempfile.mkdtemp(prefix="triceras-kills-"))
    table = Table("experiment", "backend", "loop", "kills", "in a save", "lost", "differences")
    good = True
    for experiment in options.experiment or EXPERIMENTS:
        for backend in options.backend or installed():
            for loop in options.loop or LOOPS:
                name = f"{experiment} {backend} {loop}"
                result = compare_killed(
                    [
                        f"experiment={experiment}",
                        f"backend={backend}",
                        f"loop={loop}",
                        "callback.checkpoints.every_steps=20",
                        *([] if options.experiment else EXPERIMENTS[experiment]),
                        *options.overrides,
                    ],
                    folder / name.replace(" ", "-"),
                    options.kills,
                    options.seed,
                    lambda line, name=name: print(f"{name}: {line}", flush=True),
                )
                differences = "; ".join(result.differences) or "none"
                print(f"{name}: {len(result.lost)} lost, differences: {differences}", flush=True)
                good &= result.good and result.kills == options.kills
                table.add_row(
                    *name.split(),
                    str(result.kills),
                    str(result.during_save),
                    str(len(result.lost)),
                    differences,
                )
                for error in result.lost:
                    print(error)
    Console().print(table)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
