"""What one process computed, in files that another can compare."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np

from triceras.runs.folder import replacing, write_json

# Tensors of the first step, in the order in which they are computed.
PARTS = ("weights", "batch", "layers", "objective", "gradients", "update")
LOSSES = "losses"

Tensors = dict[str, np.ndarray]


@dataclasses.dataclass
class Evidence:
    """What an experiment computed in one process, on one backend.

    Args:
        tensors: for each of `PARTS`, arrays by name, in the order in which they were computed.
        losses: for each loop, the loss `(steps,)` of each objective.
        facts: what is not compared: the backend, its device, versions, layers that cannot be seen.
    """

    tensors: dict[str, Tensors]
    losses: dict[str, Tensors]
    facts: dict[str, Any]

    def save(self, path: Path) -> None:
        """Writes `<path>.npz` and, once that is whole, `<path>.json`."""
        groups = self.tensors | {f"{LOSSES}/{loop}": logs for loop, logs in self.losses.items()}
        arrays = {
            f"{group}:{name}": a for group, logs in groups.items() for name, a in logs.items()
        }
        with replacing(path.with_suffix(".npz")) as temporary, open(temporary, "wb") as file:
            np.savez(file, **arrays)  # pyright: ignore[reportArgumentType]
        write_json(path.with_suffix(".json"), self.facts)

    @classmethod
    def load(cls, path: Path) -> "Evidence":
        """Reads what `save` wrote."""
        evidence = cls({part: {} for part in PARTS}, {}, {})
        with np.load(path.with_suffix(".npz")) as arrays:
            for key, array in arrays.items():
                group, _, name = key.partition(":")
                if group in PARTS:
                    evidence.tensors[group][name] = array
                else:
                    loop = group.removeprefix(f"{LOSSES}/")
                    evidence.losses.setdefault(loop, {})[name] = array
        evidence.facts = json.loads(path.with_suffix(".json").read_text())
        return evidence
