"""How far two computations are apart, and where they first are too far."""

import dataclasses
import math
import re
from collections.abc import Iterable

import numpy as np

from triceras.parity.evidence import Tensors

# To which a loss that is nearer to 0 is compared. It is a sum of numbers around 1, which float32
# rounds by 1e-7, and 1e-5 of this is no less.
LEAST_LOSS = 1e-2


@dataclasses.dataclass(frozen=True)
class Difference:
    """The relative differences of a series of tensors, or of losses.

    Args:
        worst: the largest; infinite where something is missing, of another shape or not finite.
        where: the name of the tensor, or the number of the step, that has it.
        tolerance: what is allowed.
        first: the first name or step with more than is allowed, or `None`.
        first_value: its difference.
    """

    worst: float
    where: str | int | None
    tolerance: float
    first: str | int | None = None
    first_value: float | None = None

    @property
    def passed(self) -> bool:
        return self.first is None


def relative_difference(reference: np.ndarray, other: np.ndarray) -> float:
    """`max|reference - other| / max|reference|` of two tensors.

    Relative to the largest element, not to each: in a sum of large terms that cancel, rounding is
    as large as that of the terms.

    Returns:
        0 where all is equal, infinity where the shapes are not, where the reference is 0 and the
        other is not, and where a value is not finite in one of them alone.
    """
    if reference.shape != other.shape:
        return math.inf
    a, b = (np.asarray(array, "float64") for array in (reference, other))
    if np.array_equal(a, b, equal_nan=True):
        return 0.0
    with np.errstate(invalid="ignore", divide="ignore"):
        difference = np.max(np.abs(a - b)) / np.max(np.abs(a))
    return float(difference) if np.isfinite(difference) else math.inf


def compare_tensors(
    reference: Tensors,
    other: Tensors,
    tolerance: float,
    unseen: Iterable[str] = (),
    finite: bool = False,
) -> Difference:
    """Compares tensors of the same names, in the order of the reference.

    Args:
        reference: arrays by name.
        other: arrays by name.
        tolerance: the largest relative difference of a tensor that is allowed.
        unseen: names of layers' outputs of which one side may lack any call and any part.
        finite: whether what is not finite is wrong, though it be the same.
    """
    skipped = set(map(layer_of, unseen))
    differences = []
    for name in {**reference, **other}:
        if name in reference and name in other:
            wrong = finite and not np.isfinite(reference[name]).all()
            difference = relative_difference(reference[name], other[name])
            differences.append((name, math.inf if wrong else difference))
        elif layer_of(name) not in skipped:
            differences.append((name, math.inf))
    return summed_up(differences, tolerance)


def layer_of(name: str) -> str:
    """The name of a layer's output without the number of the call and the place in the output."""
    return re.sub(r"( call \d+)?( \[.*)?$", "", name)


def compare_losses(reference: Tensors, other: Tensors, tolerance: float) -> Difference:
    """Compares the losses of each step; see `loss_differences`.

    Args:
        reference: arrays `(steps,)`, the loss of each objective.
        other: the same.
        tolerance: the largest relative difference that is allowed; of several objectives, the
            worst counts.
    """
    return summed_up(enumerate(loss_differences(reference, other).tolist()), tolerance)


def loss_differences(reference: Tensors, other: Tensors) -> np.ndarray:
    """The relative difference of each step, an array `(steps,)`.

    It is `|reference - other| / max(|reference|, LEAST_LOSS)`, and infinite where one alone is not
    finite; everywhere where one has other objectives or another number of steps.
    """
    differences = []
    sizes = [{name: np.shape(array) for name, array in logs.items()} for logs in (reference, other)]
    if sizes[0] != sizes[1]:
        count = max(np.size(array) for logs in (reference, other) for array in logs.values())
        return np.full(count, math.inf)
    for name in reference:
        a, b = (np.asarray(logs[name], "float64") for logs in (reference, other))
        with np.errstate(invalid="ignore", divide="ignore"):
            relative = np.abs(a - b) / np.maximum(np.abs(a), LEAST_LOSS)
            relative = np.where(a == b, 0.0, relative)
        differences.append(np.where(np.isfinite(relative), relative, math.inf))
    return np.max(differences, axis=0)


def summed_up(pairs: Iterable[tuple[str | int, float]], tolerance: float) -> Difference:
    """The worst of named differences, and the first that is too large."""
    differences = list(pairs)
    if not differences:
        return Difference(0.0, None, tolerance)
    where, worst = max(differences, key=lambda pair: pair[1])
    first, value = next((pair for pair in differences if pair[1] > tolerance), (None, None))
    return Difference(worst, where, tolerance, first, value)
