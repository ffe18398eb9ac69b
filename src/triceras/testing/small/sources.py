"""Sources of data as a user would write them, for tests."""

from typing import Any

import numpy as np

COUNT, BATCH = 60, 10


def example(number: int) -> dict[str, Any]:
    """A point and its class, which follow from the number alone."""
    label = number % 3
    point = np.random.default_rng(number).normal(size=4).astype("float32")
    point[label] += 2.0
    return {"point": point, "label": label}


class Points:
    """Examples by number."""

    def __len__(self) -> int:
        return COUNT

    def __getitem__(self, number: int) -> dict[str, Any]:
        if not 0 <= number < COUNT:
            raise IndexError(number)
        return example(number)


def columns() -> dict[str, np.ndarray]:
    """All examples, as arrays."""
    examples = [example(number) for number in range(COUNT)]
    return {name: np.stack([one[name] for one in examples]) for name in ("point", "label")}


def batches() -> Any:
    """All examples, ten at a time."""
    arrays = columns()
    for start in range(0, COUNT, BATCH):
        yield {name: array[start : start + BATCH] for name, array in arrays.items()}


def one_by_one() -> Any:
    """All examples, one at a time."""
    return (example(number) for number in range(COUNT))
