"""Measures a report on 2,000 runs that it writes itself: python scripts/report_test.py."""

import contextlib
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

with contextlib.suppress(ModuleNotFoundError):  # where Python does not look beside scripts
    import _environment  # noqa: F401

from triceras.config import ROOT
from triceras.testing.many_runs import write_grid

SEEDS = 5
GRID = {
    "optimizer.learning_rate": [10 ** (-i / 4) for i in range(4, 24)],
    "batch_size": [16, 32, 64, 128, 256],
    "loop.steps_per_call": [1, 10, 100, 1000],
}
PROCESSOR_SECONDS = 5.0
PEAK_MEMORY_MB = 1024.0


def reached(settings: Mapping[str, Any], seed: int) -> float:
    """What a run reached: an effect of its settings, one of its seed, and noise."""
    noise = random.Random(f"{settings}{seed}").gauss(0, 0.5)
    rate = abs(settings["optimizer.learning_rate"] - 0.001)
    return 100 + 50 * rate + settings["batch_size"] / 100 + random.Random(seed).gauss(0, 1) + noise


def main() -> int:
    with tempfile.TemporaryDirectory() as name:
        count = len(write_grid(Path(name), GRID, range(SEEDS), reached))
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        began = time.perf_counter()
        command = [sys.executable, str(ROOT / "scripts" / "report.py"), name]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        wall = time.perf_counter() - began
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    # In bytes on macOS, in KiB elsewhere.
    memory = after.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
    print(f"{count} runs: {seconds:.1f} s of processor time, {wall:.1f} s, {memory:.0f} MiB")
    return 0 if seconds < PROCESSOR_SECONDS and memory < PEAK_MEMORY_MB else 1


if __name__ == "__main__":
    sys.exit(main())
