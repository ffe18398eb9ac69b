"""What each backend came to in each way, compared."""

import dataclasses
import itertools
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

TOLERANCE = 1e-5
# What is this part of the largest number of a case is compared as if it were as large as that.
SMALL = 0.1

# The part of Keras, and an expression of it.
Key = tuple[str, str]
# Backend and way.
Place = tuple[str, str]
Found = dict[Key, dict[Place, Any]]
# The gravest first.
ORDER = ("shape", "value", "gradient", "not finite", "type")
PARTS = {"values": {}, "gradients": {"value": "gradient"}}
KINDS = {"b": "bool", "i": "whole", "u": "whole", "f": "float", "c": "complex"}


@dataclasses.dataclass(frozen=True)
class Verdict:
    """What became of a case.

    Args:
        kind: of the difference, the gravest first: one of `ORDER`, `error`, `no gradient`, or
            nothing.
        worst: the largest difference, as a part of the largest number.
        places: which the others do not agree with.
        errors: what was raised, where something was.
    """

    kind: str
    worst: float
    places: tuple[Place, ...]
    errors: Mapping[Place, str]


def read(paths: Mapping[str, Path]) -> Found:
    """What the processes of the backends wrote."""
    found: Found = {}
    for backend, path in paths.items():
        for text in path.read_text().splitlines():
            line = json.loads(text)
            outcomes = found.setdefault(tuple(line["case"]), {})
            if "ways" not in line:
                outcomes[backend, "all"] = {"error": "the process ended"}
                continue
            outcomes.pop((backend, "all"), None)
            outcomes.update({(backend, way): one for way, one in line["ways"].items()})
    return found


def compared(outcomes: Mapping[Place, Any]) -> Verdict:
    """Compares all that one case came to."""
    errors = {place: one["error"] for place, one in outcomes.items() if "error" in one}
    verdicts = []
    for part, kinds in PARTS.items():
        good = {
            place: one[part]
            for place, one in outcomes.items()
            if part in one and (part == "values" or place not in errors)
        }
        for (first, a), (second, b) in itertools.combinations(good.items(), 2):
            kind, difference = apart(a, b)
            if kind:
                verdicts.append((kinds.get(kind, kind), difference, first, second))
    verdicts.sort(key=lambda one: (ORDER.index(one[0]), -one[1]))
    if verdicts:
        kind, worst, *_ = verdicts[0]
        return Verdict(
            kind,
            worst,
            odd(outcomes.keys() - errors.keys(), [v for v in verdicts if v[0] == kind]),
            errors,
        )
    # What XLA cannot compile runs as a graph, and what cannot be traced operation by operation.
    grave = tuple(p for p in errors if {(p[0], "eager"), (p[0], "all")} & errors.keys())
    # On JAX nobody trains operation by operation.
    grave = grave or tuple(p for p in errors if p[0] == "jax")
    if not grave:
        return Verdict("", 0.0, (), errors)
    kind = "error" if any("values" not in outcomes[p] for p in grave) else "no gradient"
    return Verdict(kind, 0.0, grave, errors)


def odd(places: Iterable[Place], verdicts: list[Any]) -> tuple[Place, ...]:
    """The places that agree with fewer backends than others do."""
    places = list(places)
    pairs = {frozenset(verdict[2:]) for verdict in verdicts}
    with_it = {p: {q[0] for q in places if frozenset((p, q)) not in pairs} for p in places}
    most = max(map(len, with_it.values()))
    fewer = tuple(p for p, backends in with_it.items() if len(backends) < most)
    return fewer or tuple(places)


def apart(some: list[Any], others: list[Any]) -> tuple[str, float]:
    """The kind of a difference, or nothing, and how large it is."""
    if [one["shape"] for one in some] != [one["shape"] for one in others]:
        return "shape", np.inf
    worst, kind = 0.0, ""
    # Beside large gradients the digits of one that is 0 are rounding.
    fractions = [one["numbers"] for one in [*some, *others] if "float" in one["type"]]
    least = SMALL * max(map(largest, fractions), default=0.0)
    for one, other in zip(some, others, strict=True):
        a, b = (np.array(array["numbers"], "float64") for array in (one, other))
        finite = np.isfinite(a) & np.isfinite(b)
        scale = max(largest(a[finite]), largest(b[finite]), least) or 1.0
        difference = np.abs(a[finite] - b[finite]).max(initial=0.0) / scale
        if difference > tolerance(one["type"], other["type"]):
            worst, kind = max(worst, difference), "value"
        elif not kind and not np.array_equal(a[~finite], b[~finite], equal_nan=True):
            kind = "not finite"
        elif not kind and kind_of(one["type"]) != kind_of(other["type"]):
            kind = "type"
    return kind, float(worst)


def largest(numbers: Sequence[float] | np.ndarray) -> float:
    """The largest size of any number that is finite."""
    sizes = np.abs(np.array(numbers, "float64"))
    return float(sizes[np.isfinite(sizes)].max(initial=0.0))


def tolerance(*types: str) -> float:
    """How far numbers of these types may be apart."""
    return 2e-3 if "float16" in types else TOLERANCE


def kind_of(name: str) -> str:
    """A type without its size, which a backend may not have."""
    if name in ("float16", "bfloat16"):
        return name
    return KINDS.get(np.dtype(name).kind, name)
