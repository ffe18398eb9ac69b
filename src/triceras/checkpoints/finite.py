"""Whether training has made a model's variables infinite or no numbers."""

import numpy as np

from triceras.checkpoints.callback_changes import is_short_float
from triceras.checkpoints.snapshot import MODEL, Snapshot


class Finite:
    """What a model may hold that is infinite or not a number, as it began so.

    The largest number so far is minus infinity at first, for one.

    Args:
        began: the model when its run began, or was resumed.
    """

    def __init__(self, began: Snapshot):
        self.began = not_finite(began)

    def holds(self, snapshot: Snapshot) -> bool:
        """Whether a model is finite but for what has been as it is from the beginning."""
        return all(
            is_as_begun(self.began.get(name), value) for name, value in not_finite(snapshot).items()
        )


def not_finite(snapshot: Snapshot) -> dict[str, np.ndarray]:
    """The model's variables that are infinite or not a number, by name."""
    variables = {
        name: as_known(value)
        for name, value in snapshot.arrays.items()
        if name.startswith(f"{MODEL}/")
    }
    return {name: value for name, value in variables.items() if has_no_number(value)}


def is_as_begun(began: np.ndarray | None, value: np.ndarray) -> bool:
    """Whether no number of a variable has become infinite or none."""
    if began is None or began.shape != value.shape:
        return False
    return bool(np.all(np.isfinite(value) | np.isnan(began) | (value == began)))


def has_no_number(value: np.ndarray) -> bool:
    """Whether some of an array is infinite or not a number."""
    return value.dtype.kind == "f" and not np.isfinite(value).all()


def as_known(value: np.ndarray) -> np.ndarray:
    """An array of a type that NumPy has."""
    return value.astype(np.float32) if is_short_float(value.dtype) else value
