"""Short benchmarks for the tests of both wings."""

from pathlib import Path
from subprocess import CompletedProcess

QUICK = (
    "batch_size=8",
    "benchmark.rounds=2",
    "benchmark.seconds_per_round=0.01",
    "benchmark.prepared_steps=4",
    "benchmark.check_steps=2",
    "benchmark.planned_steps=1",
    "benchmark.scale_steps=2",
)


def folder_of(result: CompletedProcess[str]) -> Path:
    """The folder that the last line of a benchmark names; it must have ended well."""
    assert result.returncode == 0, result.stderr + result.stdout
    last = result.stdout.splitlines()[-1]
    assert last.startswith("benchmark: ")
    return Path(last.removeprefix("benchmark: "))
