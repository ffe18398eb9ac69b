"""Stops sweeps half-way and goes on with them: python scripts/sweep_test.py --launcher local."""

import argparse
import importlib.util
import os
import random
import sys
import tempfile
import time
from pathlib import Path

from hydra.core.plugins import Plugins
from hydra.plugins.launcher import Launcher
from rich.console import Console
from rich.table import Table

from triceras.backend import installed
from triceras.testing import small
from triceras.testing.sweeps import SIGNALS, stop_sweep

LAUNCHERS = ("basic", "local", "joblib", "ray")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--jobs", type=int, default=30, help="of each sweep (default: 30)")
    parser.add_argument("--failing", type=int, default=3, help="of these (default: 3)")
    parser.add_argument("--launcher", action="append", choices=LAUNCHERS)
    parser.add_argument("--backend", choices=installed(), default=installed()[0])
    parser.add_argument("overrides", nargs="*", help="more of the configuration")
    options = parser.parse_args()
    os.environ["TRICERAS_CONF"] = str(small.CONF)
    there = {plugin.__name__ for plugin in Plugins.instance().discover(Launcher)}
    folder = Path(tempfile.mkdtemp(prefix="triceras-sweeps-"))
    units = [*range(1, options.jobs - options.failing + 1), *range(-options.failing, 0)]
    random.Random(0).shuffle(units)
    columns = ("launcher", "exit codes", "jobs", "went on", "ran twice", "processes left")
    table = Table(*columns, "seconds to end", "seconds in all")
    good = True
    for launcher in options.launcher or LAUNCHERS:
        if launcher == "joblib" and "JoblibLauncher" not in there:
            print("joblib: skipped, as hydra-joblib-launcher is not installed", flush=True)
            continue
        if launcher == "ray" and importlib.util.find_spec("ray") is None:
            print("ray: skipped, as ray is not installed", flush=True)
            continue
        (folder / launcher).mkdir()
        began = time.monotonic()
        result = stop_sweep(
            [
                "experiment=classifier",
                "logger=csv",
                f"output_dir={folder / launcher}",
                f"backend={options.backend}",
                f"model.network.units={','.join(map(str, units))}",
                f"hydra/launcher={launcher}",
                *([] if launcher == "basic" else ["hydra.launcher.n_jobs=2"]),
                *options.overrides,
            ],
            folder / launcher,
            tell=lambda line, launcher=launcher: print(f"{launcher}: {line}", flush=True),
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
    print(f"sweeps: {folder}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
