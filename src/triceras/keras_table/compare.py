"""How far the curves of one model are apart, over all backends and loops."""

import dataclasses
import itertools
import json
import math
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

TOLERANCE = 1e-5

# A model, by kind and name.
Key = tuple[str, str]
# Backend and loop.
Place = tuple[str, str]


@dataclasses.dataclass(frozen=True)
class Line:
    """What became of a model.

    Args:
        worst: the largest relative difference of any loss between any two curves, or `None`
            where there are not two.
        errors: what was raised, where something was.
        eager: where the step could not be compiled.
        missing: where it has not been trained, though others have.
    """

    worst: float | None
    errors: Mapping[Place, str]
    eager: tuple[Place, ...]
    missing: tuple[Place, ...] = ()

    @property
    def same(self) -> bool:
        """Whether all trained to one curve."""
        return self.worst is not None and self.worst <= TOLERANCE and not self.errors


def worst_difference(curves: Iterable[Iterable[float]]) -> float:
    """The largest relative difference between any two curves, infinite where one is not finite."""
    values = np.array(list(curves), "float64")
    with np.errstate(invalid="ignore", divide="ignore"):
        difference = np.max(np.ptp(values, axis=0) / np.min(np.abs(values), axis=0))
    return float(difference) if np.isfinite(difference) else math.inf


def compared(runs: Mapping[Place, Mapping], places: Iterable[Place] = ()) -> Line:
    """Compares the outcomes of one model, as `training.tried` gives them.

    Args:
        runs: the outcomes.
        places: where there should be one.
    """
    curves = [run["curve"] for run in runs.values() if "curve" in run]
    return Line(
        worst_difference(curves) if len(curves) > 1 else None,
        {place: run["error"] for place, run in runs.items() if "error" in run},
        tuple(p for p, run in runs.items() if any("runs eagerly" in n for n in run["notes"])),
        tuple(place for place in places if place not in runs),
    )


def read(paths: Mapping[str, Path]) -> dict[Key, Line]:
    """The lines of the table.

    Args:
        paths: what the process of each backend wrote.
    """
    runs: dict[Key, dict[Place, dict]] = {}
    for backend, path in paths.items():
        for text in path.read_text().splitlines():
            outcome = json.loads(text)
            kind, name, loop = outcome.pop("case")
            runs.setdefault((kind, name), {})[backend, loop] = outcome
    loops = sorted({loop for outcomes in runs.values() for _, loop in outcomes})
    places = list(itertools.product(paths, loops))
    return {key: compared(outcomes, places) for key, outcomes in runs.items()}
