"""Draws of random words that an engine has to make as their definition does."""

from collections.abc import Callable
from typing import Any

import numpy as np

from triceras.random.bits import random_bits
from triceras.random.keys import fold_in, split
from triceras.random.threefry import threefry_2x32

KEY = np.array([0x13198A2E, -7], "int32")
# Of a key: odd and empty shapes, and a key whose shape is not that of what it encrypts.
DRAWS: dict[str, Callable[[Any], Any]] = {
    "odd": lambda key: random_bits(key, (7, 3)),
    "one": lambda key: random_bits(key, ()),
    "none": lambda key: random_bits(key, (0,)),
    "split": lambda key: split(key, 3),
    "folded": lambda key: fold_in(key, -5),
    "broadcast": lambda key: threefry_2x32((key[0:1], key[1:2]), (key[:, None], key[None]))[1],
}
