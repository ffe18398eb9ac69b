"""Runs commands made at random: python scripts/configuration_test.py --count 500 --seed 0."""

import argparse
import collections
import contextlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

with contextlib.suppress(ModuleNotFoundError):  # where Python does not look beside scripts
    import _environment  # noqa: F401

import numpy as np
from rich.console import Console
from rich.table import Table

from triceras.backend import installed
from triceras.testing.configuration_runs import WRONG
from triceras.testing.configurations import commands, write_data


def run_all(words: list[list[str]], folder: Path) -> list[dict[str, Any]]:
    """Runs commands of one backend in a process, and in another one where it dies."""
    results: list[dict[str, Any]] = []
    while len(results) < len(words):
        with (
            open(folder / "errors.log", "a") as errors,
            subprocess.Popen(
                [sys.executable, "-m", "triceras.testing.configuration_runs", str(folder)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                env={**os.environ, "WANDB_MODE": "offline", "WANDB_SILENT": "true"},
            ) as process,
        ):
            assert process.stdin is not None
            assert process.stdout is not None
            for one in words[len(results) :]:
                try:
                    print(json.dumps(one), file=process.stdin, flush=True)
                    results.append(json.loads(process.stdout.readline()))
                except (OSError, ValueError):
                    results.append({"words": one, "status": WRONG, "message": "the process died"})
                    break
                print(results[-1]["status"], " ".join(one), results[-1]["message"], flush=True)
    return results


def unlike(results: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The commands that ended otherwise on one backend than on another, or with other losses."""
    found = []
    same: dict[str, list[dict[str, Any]]] = {}
    for result in results:
        words = [word for word in result["words"] if not word.startswith("backend=")]
        same.setdefault(" ".join(words), []).append(result)
    for words, several in same.items():
        first = several[0]
        # Halves of precision, and each backend's own random numbers, part them.
        exact = "random=native" not in words and "precision=mixed_bfloat16" not in words
        for other in several[1:]:
            if first["status"] != other["status"]:
                found.append(other | {"message": f"{first['status']}, {other['message']}"})
            elif exact and not np.allclose(first["losses"], other["losses"], rtol=1e-3):
                losses = f"{first['losses']} and {other['losses']}"
                found.append(other | {"message": f"losses are {losses}"})
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--count", type=int, default=500, help="how many commands")
    parser.add_argument("--first", type=int, default=0, help="number of the first one")
    parser.add_argument("--seed", type=int, default=0, help="which commands")
    parser.add_argument("--backend", action="append", choices=installed())
    parser.add_argument(
        "--same", action="store_true", help="run each on every backend, and compare their losses"
    )
    options = parser.parse_args()
    backends = options.backend or installed()
    folder = Path(tempfile.mkdtemp(prefix="triceras-configurations-"))
    write_data(folder)
    numbers = range(options.first, options.first + options.count)
    made = list(commands(options.seed, numbers, backends, str(folder), options.same))
    table = Table("backend", "finished", "refused in one line", "wrong")
    wrong, all_results = [], []
    for backend in backends:
        results = run_all([words for words in made if f"backend={backend}" in words], folder)
        all_results += results
        counts = collections.Counter(result["status"] for result in results)
        table.add_row(backend, *(str(counts[key]) for key in ("finished", "refused", WRONG)))
        wrong += [result for result in results if result["status"] == WRONG]
    wrong += unlike(all_results)
    for result in wrong:
        print(f"\n{' '.join(result['words'])}\n  {result['message']}")
    Console().print(table)
    print(f"runs: {folder}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
