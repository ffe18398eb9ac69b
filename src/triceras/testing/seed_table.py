"""How far the curves of seeds that are trained together are from their own, and the time of both.

`python -m triceras.testing.seed_table --backend torch --experiment <name> ... [words of a run]`
"""

import argparse
import time
from collections.abc import Sequence

import numpy as np

from triceras.testing.device_table import curves, difference


def main() -> None:
    """Trains an experiment with several seeds and with each of them, and prints a row for each."""
    parser = argparse.ArgumentParser(description="Curves of seeds together and alone.")
    parser.add_argument("--backend", required=True)
    parser.add_argument("--experiment", nargs="+", required=True)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--steps", type=int, default=100)
    options, words = parser.parse_known_args()
    print("| backend | experiment | farthest | together, s | one after the other, s |")
    print("|---|---|---:|---:|---:|", flush=True)
    for experiment in options.experiment:
        run = [f"backend={options.backend}", f"experiment={experiment}"]
        run += [f"max_steps={options.steps}", "epochs=null", *words]
        together, seconds = timed([*run, f"seeds_in_parallel={options.seeds}"])
        alone, own_seconds = {}, 0.0
        for seed in together:
            own, more = timed([*run, f"seed={seed}"])
            alone |= own
            own_seconds += more
        farthest = max(difference(together[seed], alone[seed]) for seed in together)
        print(
            f"| {options.backend} | {experiment} | {farthest:.1e} | {seconds:.1f} | "
            f"{own_seconds:.1f} |",
            flush=True,
        )


def timed(words: Sequence[str]) -> tuple[dict[int, np.ndarray], float]:
    """The loss of each step of each seed, and how long the command took."""
    began = time.perf_counter()
    found = curves(words)
    return found, time.perf_counter() - began


if __name__ == "__main__":
    main()
