import functools
import random

import keras
import numpy as np
import pytest

from triceras.data.augment import FreshBernoulli
from triceras.data.augment_checks import check_augmentations
from triceras.data.batch import BatchPreparation
from triceras.errors import UserError
from triceras.random import uniform_from_key
from triceras.testing.loops import split_of

X = np.random.default_rng(0).uniform(size=(16, 4, 4, 1)).astype("float32")
RNG = np.random.default_rng(0)
SEEDED = keras.random.SeedGenerator(1)


class Layer:
    """Has a layer of Keras draw, with a generator of its own."""

    def __init__(self):
        self.layer = keras.layers.RandomContrast(0.9, value_range=(0, 1), seed=3)

    def __call__(self, parts, key, ops):
        return {**parts, "x": self.layer(parts["x"], training=True)}


def by_module(parts, key, ops):
    return {**parts, "x": parts["x"] + RNG.normal()}


def by_host(parts, key, ops):
    parts["x"] *= random.random()
    return parts


def by_generator(parts, key, ops):
    return {**parts, "x": parts["x"] + keras.random.normal((), seed=SEEDED)}


def by_key(parts, key, ops, by=0.1):
    parts["x"] += by * uniform_from_key(key, (len(parts["x"]), 1, 1, 1), ops)
    return parts


def failing(parts, key, ops):
    raise ValueError("not of this one")


def check(*augment):
    split = split_of(X, X.mean((1, 2, 3)))
    batch = BatchPreparation("x", "y", augment=augment, all_parts=["x", "y"])
    check_augmentations(batch, split, 8)
    np.testing.assert_array_equal(split.take(slice(None), ["x"])["x"], X)


@pytest.mark.in_turn
@pytest.mark.parametrize(
    "augment", [Layer, lambda: by_module, lambda: by_host, lambda: by_generator]
)
def test_what_draws_otherwise_than_from_its_key_is_refused(augment):
    one = augment()
    name = getattr(one, "__name__", "Layer")
    with pytest.raises(UserError, match=f"the augmentation {name} makes another x of the same"):
        check(one, FreshBernoulli("x"))


def test_what_draws_from_its_key_is_not():
    check(by_key, functools.partial(by_key, by=0.2))
    check(FreshBernoulli("x"))


def test_what_fails_is_told_where_a_step_does_it():
    check(failing)
