"""Random numbers and orders of tests, so that a test that fails by chance fails always or never."""

import random
import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np


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
