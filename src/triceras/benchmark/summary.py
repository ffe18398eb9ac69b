"""What the rounds of a benchmark amount to."""

from collections.abc import Mapping
from typing import Any

import numpy as np

OURS = "ours"
# Whom ours is compared with: by kind, the fastest form of each.
KINDS = ("expert's", "people's", "fit", "guide")


def summarize(timing: Mapping[str, Any]) -> dict[str, float]:
    """Median, smallest and largest of the milliseconds a step."""
    ms = np.array(timing["ms"])
    return {"median": float(np.median(ms)), "least": float(ms.min()), "most": float(ms.max())}


def fastest(results: Mapping[str, Mapping[str, Any]], kind: str) -> str | None:
    """The name of the contender of a kind whose median is smallest."""
    names = [name for name, result in results.items() if result["kind"] == kind]
    return min(names, key=lambda name: float(np.median(results[name]["ms"])), default=None)


def ratios(results: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """How much time ours takes of what others take: below 1, ours is faster.

    The ratio is taken within each round, whose parts meet the machine in about the same state.

    Args:
        results: by name, `kind` and `ms`.

    Returns:
        By kind, `to`, the name of the fastest of this kind, and the `median`, `least` and `most`
        of the ratios.
    """
    ours = fastest(results, OURS)
    found = {}
    for kind in KINDS:
        name = fastest(results, kind)
        if ours and name:
            each = np.array(results[ours]["ms"]) / np.array(results[name]["ms"])
            found[kind] = {"to": name, **summarize({"ms": each})}
    return found


def startup(ready: Mapping[str, Any], started: float, steps_per_call: int) -> dict[str, float]:
    """The parts of a start, in seconds.

    Args:
        ready: a worker's first answer.
        started: when its process was started, in seconds of `time.time`.
        steps_per_call: how many steps its first call took.

    Returns:
        `compile`, by how much the first call was longer than a later one; `to_first_step`, from
        the start of the process to the end of the first step; `import`, of Keras and the framework
        or of the framework alone; `rest`, what is left of it.
    """
    call = ready["call_seconds"]
    compiling = max(0.0, ready["first_call_seconds"] - call)
    first_step = ready["first_call_ended"] - started - call * (1 - 1 / steps_per_call)
    return {
        "compile": compiling,
        "to_first_step": first_step,
        "import": ready["import_seconds"],
        "rest": first_step - compiling - ready["import_seconds"],
    }


def difference(losses: Any, ours: Any) -> float:
    """The largest relative difference of a loss."""
    return float(np.max(np.abs(np.asarray(losses) / np.asarray(ours) - 1)))
