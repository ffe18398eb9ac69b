"""What the tests of one backend leave for a comparison with those of the others; no Keras."""

import dataclasses
import itertools
import json
import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

import numpy as np

from triceras.parity.difference import Difference, compare_losses, compare_tensors
from triceras.parity.evidence import Tensors
from triceras.runs.folder import write_json

FOLDER = "TRICERAS_EVIDENCE"


@dataclasses.dataclass(frozen=True)
class Evidence:
    """What a subject computed on one backend.

    Args:
        subject: for example `experiment[vae]`.
        file: where a tolerance of its own would be said.
        tolerance: the largest relative difference that is allowed.
        arrays: by name.
        curves: whether each array has a number for each step.
    """

    subject: str
    file: str
    tolerance: float
    arrays: Tensors
    curves: bool

    def save(self, backend: str, folder: Path) -> None:
        """Writes it where the comparison finds it."""
        path = folder / backend / quote(self.subject, safe="")
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez(f"{path}.npz", **self.arrays)  # pyright: ignore[reportArgumentType]
        facts = dataclasses.asdict(dataclasses.replace(self, arrays={}))
        write_json(Path(f"{path}.json"), facts)

    @classmethod
    def load(cls, path: Path) -> "Evidence":
        """Reads what `save` wrote, by the path of its JSON file."""
        with np.load(f"{str(path).removesuffix('.json')}.npz") as arrays:
            return cls(**{**json.loads(path.read_text()), "arrays": dict(arrays)})


def folder() -> Path | None:
    """Where evidence goes; `None` where nobody will compare it."""
    return Path(os.environ[FOLDER]) if os.environ.get(FOLDER) else None


def collected(root: Path) -> dict[str, dict[str, Evidence]]:
    """All evidence, by subject and by backend, that several backends have left.

    Args:
        root: holds a folder for each backend.
    """
    found: dict[str, dict[str, Evidence]] = {}
    for path in sorted(root.glob("*/*.json")):
        evidence = Evidence.load(path)
        found.setdefault(evidence.subject, {})[path.parent.name] = evidence
    return {subject: each for subject, each in found.items() if len(each) > 1}


def apart(of: Mapping[str, Evidence]) -> list[str]:
    """A line for each two backends that are further apart than is allowed.

    Args:
        of: the evidence of a subject, by backend.
    """
    lines = []
    for one, other in itertools.combinations(of, 2):
        evidence = of[one]
        names = (set(of[name].arrays) for name in (one, other))
        difference = compare(evidence, of[other]) if len(set(map(frozenset, names))) == 1 else None
        if difference is None:
            lines.append(f"{evidence.subject}: {one} and {other} have computed different things")
        elif not difference.passed:
            where = f"step {difference.first}" if evidence.curves else f"{difference.first}"
            lines.append(
                f"{evidence.subject}: {one} and {other} are {difference.first_value:.1e} apart at "
                f"{where}, and {difference.worst:.1e} at most ({evidence.tolerance:g} is allowed, "
                f"unless {evidence.file} says tests.tolerance and why)"
            )
    return lines


def compare(one: Evidence, other: Evidence) -> Difference:
    """The differences of two backends, in the order of the steps or of the arrays."""
    compared = compare_losses if one.curves else compare_tensors
    return compared(one.arrays, other.arrays, one.tolerance)
