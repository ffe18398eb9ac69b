"""Has each backend compute all cases, and compares them."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from triceras.backend import installed
from triceras.keras_table.operations import comparing
from triceras.keras_table.operations.reasons import reason_of

# An operation that ends its process does so in one way of one case: few are to be expected.
ENDS = 20


def run(folder: Path, wanted: str, ways: Sequence[str]) -> list[str]:
    """Computes what a folder has not yet, as many backends at a time as there are cores.

    Args:
        folder: of what each backend came to.
        wanted: a part of the sections and expressions.
        ways: in which they are computed.

    Returns:
        A line for each case that differs, and nothing says why, and one of all.
    """
    paths = {name: folder / f"{name}.jsonl" for name in installed()}
    for name, path in paths.items():
        print(f"{name}: {path}", flush=True)
    # Each computes with hardly more than one core.
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(lambda name: compute(name, paths[name], wanted, ways), paths))
    found = comparing.read(paths)
    verdicts = {key: comparing.compared(outcomes) for key, outcomes in found.items()}
    told = [line(key, verdict) for key, verdict in verdicts.items() if not reason_of(key, verdict)]
    same = Counter(verdict.kind or "the same" for verdict in verdicts.values())
    numbers = ", ".join(f"{count} {kind}" for kind, count in same.most_common())
    return [*told, f"{len(verdicts)} cases in {ways_of(found)} ways: {numbers}"]


def compute(backend: str, path: Path, wanted: str, ways: Sequence[str]) -> None:
    """Computes all on one backend, in as many processes as it takes.

    Raises:
        subprocess.CalledProcessError: too many of them ended before they were through.
    """
    command = [sys.executable, "-m", "triceras.keras_table.operations.worker", path, wanted]
    variables = os.environ | {"KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"}
    for _ in range(ENDS):
        done = subprocess.run([*command, ",".join(ways)], env=variables)
        if done.returncode == 0:
            return
    done.check_returncode()


def ways_of(found: comparing.Found) -> int:
    """In how many ways cases were computed at the most, over all backends."""
    return max(map(len, found.values()), default=0)


def line(key: comparing.Key, verdict: comparing.Verdict) -> str:
    """What became of a case."""
    places = ", ".join(" ".join(place) for place in verdict.places)
    error = next((verdict.errors[p] for p in verdict.places if p in verdict.errors), "")
    told = [verdict.kind, f"{verdict.worst:.0e}" if verdict.worst else "", places, error]
    return f"{key[0]}: {key[1]}: {'; '.join(part for part in told if part)}"
