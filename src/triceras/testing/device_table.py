"""How far the curves of several devices are from that of one, as a table.

`python -m triceras.testing.device_table --backend torch --experiment <name> ... [words of a run]`
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from triceras.config import ROOT
from triceras.runs import record
from triceras.testing.crossing import losses


def main() -> None:
    """Trains an experiment on each number of devices, and prints a row for each experiment."""
    parser = argparse.ArgumentParser(description="Curves of several devices and of one.")
    parser.add_argument("--backend", required=True)
    parser.add_argument("--experiment", nargs="+", required=True)
    parser.add_argument("--loop", default="custom")
    parser.add_argument("--devices", nargs="+", type=int, default=[2, 4])
    parser.add_argument("--steps", type=int, default=500)
    options, words = parser.parse_known_args()
    print("| backend | loop | experiment |", *(f"{count} devices |" for count in options.devices))
    print("|---|---|---|" + "---|" * len(options.devices), flush=True)
    for experiment in options.experiment:
        run = [f"backend={options.backend}", f"loop={options.loop}", f"experiment={experiment}"]
        run += [f"max_steps={options.steps}", "epochs=null", "batch_size=64", *words]
        one = trained([*run, "devices=1"])
        others = [trained([*run, f"devices={count}"]) for count in options.devices]
        farthest = [f"{difference(other, one):.1e} |" for other in others]
        print(f"| {options.backend} | {options.loop} | {experiment} |", *farthest, flush=True)


def trained(words: Sequence[str]) -> np.ndarray:
    """The loss of each step of a run."""
    (curve,) = curves(words).values()
    return curve


def curves(words: Sequence[str]) -> dict[int, np.ndarray]:
    """The loss of each step of all runs of a command, by their seeds."""
    with tempfile.TemporaryDirectory() as folder:
        fixed = [f"output_dir={folder}", "logger=csv", "figures=none", "progress_bar=false"]
        script = str(ROOT / "scripts" / "train.py")
        # A run that fails has told why.
        subprocess.run(
            [sys.executable, script, *words, *fixed], stdout=subprocess.DEVNULL, check=True
        )
        folders = [path.parent for path in sorted(Path(folder).rglob(record.FILE))]
        return {record.read(path)["seed"]: losses(path) for path in folders}


def difference(other: np.ndarray, one: np.ndarray) -> float:
    """How far a curve is from another at the most, relative to it."""
    return float(np.max(np.abs(other - one) / np.abs(one)))


if __name__ == "__main__":
    main()
