"""Stops sweeps half-way and goes on with them: python scripts/sweep_test.py --launcher local.

With `--compare` it runs the same jobs under each launcher, and compares time and bits.
"""

import argparse
import contextlib
import os
import random
import sys
import tempfile
import time
from pathlib import Path

with contextlib.suppress(ModuleNotFoundError):  # where Python does not look beside scripts
    import _environment  # noqa: F401

from rich.console import Console
from rich.table import Table

from triceras.backend import installed
from triceras.sweeps.places import THREADS
from triceras.testing import small
from triceras.testing.launchers import TWO_AT_A_TIME, cluster, launch_under, missing, same
from triceras.testing.slurm_cluster import squeue
from triceras.testing.sweeps import SIGNALS, stop_sweep

# Those of others that a signal does not reach in order are compared alone.
COMPARED_ALONE = ("submitit_local",)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--jobs", type=int, default=30, help="of each sweep (default: 30)")
    parser.add_argument("--failing", type=int, default=3, help="of these (default: 3)")
    parser.add_argument("--launcher", action="append", choices=TWO_AT_A_TIME)
    parser.add_argument("--backend", choices=installed(), default=installed()[0])
    parser.add_argument("--compare", action="store_true", help="each backend, loop and seed")
    parser.add_argument("--seeds", type=int, default=5, help="with --compare (default: 5)")
    parser.add_argument("--experiment", help="with --compare, one of this project (default: small)")
    parser.add_argument("overrides", nargs="*", help="more of the configuration")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="triceras-sweeps-"))
    print(f"sweeps: {folder}", flush=True)
    launchers = []
    all_of_them = [one for one in TWO_AT_A_TIME if options.compare or one not in COMPARED_ALONE]
    for launcher in options.launcher or all_of_them:
        if reason := missing(launcher):
            print(f"{launcher}: skipped: {reason}", flush=True)
        else:
            launchers.append(launcher)
    if not options.experiment:
        os.environ["TRICERAS_CONF"] = str(small.CONF)
    return (compare if options.compare else stop)(options, launchers, folder)


def compare(options: argparse.Namespace, launchers: list[str], folder: Path) -> int:
    # As many as each job has where two run at a time; with others the last digits may be others.
    os.environ |= dict.fromkeys(THREADS, "1")
    words = [
        f"experiment={options.experiment or 'autoencoder'}",
        "figures=none",
        "logger=csv",
        "sweep.report=false",
        f"backend={','.join(installed())}",
        "loop=custom,fit",
        f"seed={','.join(map(str, range(options.seeds)))}",
        *options.overrides,
    ]
    table = Table("launcher", "finished", "bits as the first", "seconds", "processor s", "busy")
    first, good = None, True
    for launcher in launchers:
        result = launch_under(launcher, folder / launcher, *words)
        first = first or result
        equal = same(result.jobs, first.jobs)
        good &= equal
        row = (
            launcher,
            f"{result.finished} of {len(result.jobs)}",
            "yes" if equal else "no",
            f"{result.seconds:.0f}",
            f"{result.processor_seconds:.0f}",
            f"{result.busy:.0%}",
        )
        print(" | ".join(row), flush=True)
        table.add_row(*row)
    Console(width=None if Console().is_terminal else 160).print(table)
    return 0 if good else 1


def stop(options: argparse.Namespace, launchers: list[str], folder: Path) -> int:
    units = [*range(1, options.jobs - options.failing + 1), *range(-options.failing, 0)]
    random.Random(0).shuffle(units)
    columns = ("launcher", "exit codes", "jobs", "went on", "ran twice", "processes left")
    table = Table(*columns, "seconds to end", "seconds in all")
    good = True
    for launcher in launchers:
        (folder / launcher).mkdir()
        began = time.monotonic()
        with cluster(launcher):
            result = stop_sweep(
                [
                    "experiment=classifier",
                    "logger=csv",
                    f"output_dir={folder / launcher}",
                    f"backend={options.backend}",
                    f"model.network.units={','.join(map(str, units))}",
                    f"hydra/launcher={launcher}",
                    *TWO_AT_A_TIME[launcher],
                    *options.overrides,
                ],
                folder / launcher,
                tell=lambda line, launcher=launcher: print(f"{launcher}: {line}", flush=True),
                queue=squeue if launcher == "slurm" else None,
            )
        expected = {"finished": options.jobs - options.failing, "failed": options.failing}
        good &= result.counts == expected and result.named == options.failing
        good &= not result.twice and not result.left
        good &= result.codes == [75] * (len(SIGNALS) - 1) + [-9, 1]
        table.add_row(
            launcher,
            " ".join(map(str, result.codes)),
            ", ".join(f"{number} {status}" for status, number in result.counts.items()),
            str(result.gone_on),
            str(len(result.twice)),
            str(len(result.left)),
            f"{result.seconds:.1f}",
            f"{time.monotonic() - began:.0f}",
        )
    Console(width=None if Console().is_terminal else 160).print(table)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
