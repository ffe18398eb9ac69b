"""Random numbers and orders of tests, so that a test that fails by chance fails always or never."""

import random
import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

# TensorFlow's own way to set a seed, where it is replaced.
CLEARING: list[Callable[..., None]] = []


def set_seeds(seed: int) -> None:
    """Seeds all that a test may draw from without a seed of its own, of what was imported so far.

    Keras takes the seeds of layers and initializers from Python's own generator, and what is drawn
    without any seed from one generator that it keeps for ever.
    """
    random.seed(seed)
    np.random.seed(seed)
    kept = sys.modules.get("keras.src.backend.common.global_state")
    if kept is not None:
        kept.set_global_attribute("global_seed_generator", None)
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(seed)
    if "tensorflow" in sys.modules:
        sys.modules["tensorflow"].random.set_seed(seed)


def keep_kernels() -> None:
    """Has TensorFlow keep the kernels of its operations when a seed is set.

    It makes all of them anew, and optimizes each program once more, a tenth of the time of its
    tests. That is for operations that count for themselves how often they have drawn, of which the
    tests use none; `forget_kernels` makes an end of those as well.
    """
    eager = sys.modules.get("tensorflow.python.eager.context")
    if eager is not None and eager.Context._set_global_seed is not seed_alone:
        CLEARING.append(eager.Context._set_global_seed)
        eager.Context._set_global_seed = seed_alone


def seed_alone(context: Any, seed: int | None) -> None:
    """What TensorFlow does for a seed, but for the kernels."""
    context._seed = seed
    context._rng = random.Random(None if seed is None else int(seed))


def forget_kernels() -> None:
    """Has TensorFlow make all kernels anew, once `keep_kernels` was called."""
    for set_seed in CLEARING:
        context = sys.modules["tensorflow.python.eager.context"].context()
        set_seed(context, context._seed)


def shuffled_in_groups(items: Sequence[Any], group: Callable[[Any], Any], seed: int) -> list[Any]:
    """Items in another order, in which those of a group stay together.

    Args:
        items: tests, for example.
        group: says to which group an item belongs, for example its file.
        seed: of the order.
    """
    generator = random.Random(seed)
    groups: dict[Any, list[Any]] = {}
    for item in items:
        groups.setdefault(group(item), []).append(item)
    parts = list(groups.values())
    generator.shuffle(parts)
    for part in parts:
        generator.shuffle(part)
    return [item for part in parts for item in part]
