"""What hand-written native code is given, so that it computes what our engine computes."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np


@dataclasses.dataclass(frozen=True, eq=False)
class Inputs:
    """The beginning of a run, as host arrays. It needs neither Keras nor a framework.

    Args:
        weights: the initial trainable variables of our Keras model, in their order.
        x: all training examples, `(n, ...)`, float32 images or int32 tokens.
        y: their labels, `(n,)`, int32.
        indices: rows of the data that each step sees, `(steps, batch_size)`, int32.
        optimizers: of each objective, in the order of a step, what `settings_of` tells of its Adam.
        steps_per_call: how many steps a program over many steps takes at once.
        seed: of the code's own random numbers.
        noise: the random numbers that our model drew in each step, `(steps, *shape)` each, to be
            used in the place of one's own; empty where the code is to draw for itself. They go by
            `name_of_draw` of their distribution, `normal` or `uniform`, or `dropout` for the
            factors, 0 among them, of what it leaves out.
    """

    weights: list[np.ndarray]
    x: np.ndarray
    y: np.ndarray
    indices: np.ndarray
    optimizers: list[dict[str, Any]]
    steps_per_call: int
    seed: int
    noise: dict[str, np.ndarray] = dataclasses.field(default_factory=dict)

    @property
    def batch_size(self) -> int:
        """Examples in a step."""
        return self.indices.shape[1]

    def positions(self, start: int, stop: int) -> np.ndarray:
        """Where in `indices` the steps `start` to `stop` are; after the last comes the first."""
        return np.arange(start, stop) % len(self.indices)

    def without_noise(self) -> "Inputs":
        """The same, for code that draws its own random numbers."""
        return dataclasses.replace(self, noise={})

    def save(self, path: Path) -> None:
        """Writes all into an `.npz` file."""
        arrays = {f"weight/{i:04}": weight for i, weight in enumerate(self.weights)}
        arrays |= {f"noise/{name}": values for name, values in self.noise.items()}
        arrays |= {name: getattr(self, name) for name in ("x", "y", "indices")}
        plain = {name: getattr(self, name) for name in ("optimizers", "steps_per_call", "seed")}
        np.savez(path, plain=np.array(json.dumps(plain)), **arrays)  # pyright: ignore

    @classmethod
    def load(cls, path: Path) -> "Inputs":
        """Reads what `save` wrote."""
        with np.load(path) as file:
            arrays = {name: file[name] for name in file.files}
        plain = json.loads(str(arrays.pop("plain")))
        weights = [arrays[name] for name in sorted(arrays) if name.startswith("weight/")]
        noise = {
            name.removeprefix("noise/"): values
            for name, values in arrays.items()
            if name.startswith("noise/")
        }
        shared = {name: arrays[name] for name in ("x", "y", "indices")}
        return cls(weights=weights, noise=noise, **shared, **plain)


def name_of_draw(kind: str, before: int) -> str:
    """What the random numbers of one draw are called.

    Args:
        kind: `normal`, `uniform` or `dropout`.
        before: how many of this kind a step has drawn before.
    """
    return f"{kind}_{before}" if before else kind
