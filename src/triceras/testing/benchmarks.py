"""Short benchmarks for the tests of both wings, by the command itself."""

import os
import subprocess
import sys
from pathlib import Path

from triceras.config import ROOT

QUICK = (
    "batch_size=8",
    "benchmark.rounds=2",
    "benchmark.seconds_per_round=0.01",
    "benchmark.prepared_steps=4",
    "benchmark.check_steps=2",
    "benchmark.planned_steps=1",
    "benchmark.scale_steps=2",
)


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs `scripts/benchmark.py`, which chooses the backends itself."""
    return subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "benchmark.py"), *arguments],
        capture_output=True,
        text=True,
        timeout=280,
        env={k: v for k, v in os.environ.items() if k != "KERAS_BACKEND"},
    )


def folder_of(result: subprocess.CompletedProcess[str]) -> Path:
    """The folder that the last line of a benchmark names; it must have ended well."""
    assert result.returncode == 0, result.stderr + result.stdout
    last = result.stdout.splitlines()[-1]
    assert last.startswith("benchmark: ")
    return Path(last.removeprefix("benchmark: "))
