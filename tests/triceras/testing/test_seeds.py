import random
import sys

import keras
import numpy as np
import pytest

from triceras.testing.seeds import forget_kernels, keep_kernels, set_seeds, shuffled_in_groups

drawn: list[list[float]] = []


def draw():
    """Numbers of all generators that a test may use without a seed."""
    kernel = keras.layers.Dense(2)
    kernel.build((None, 2))
    return [
        random.random(),
        np.random.random(),
        *np.ravel(keras.ops.convert_to_numpy(kernel.kernel)).tolist(),
        *keras.ops.convert_to_numpy(keras.random.normal((2,))).tolist(),
    ]


@pytest.fixture(scope="module")
def of_the_module():
    return draw()


@pytest.mark.parametrize("time", range(2))
def test_every_test_draws_the_same_numbers(time):
    drawn.append(draw())
    assert drawn[0] == drawn[-1]


def test_a_fixture_does_so_too_whoever_needs_it_first(of_the_module):
    assert of_the_module == (drawn or [of_the_module])[0]


def test_another_seed_gives_other_numbers():
    before = draw()
    set_seeds(1 << 20)
    assert not set(before) & set(draw())


@pytest.mark.in_turn("tensorflow")
def test_kernels_that_count_their_draws_begin_anew_with_each_file(backend):
    if backend != "tensorflow":
        pytest.skip("another backend has none")
    keep_kernels()
    tensorflow = sys.modules["tensorflow"]
    numbers = []
    for _ in range(2):
        forget_kernels()
        set_seeds(3)
        numbers.append(tensorflow.random.uniform((2,)).numpy().tolist())
    assert numbers[0] == numbers[1]
    set_seeds(3)
    assert tensorflow.random.uniform((2,)).numpy().tolist() != numbers[0]


def test_another_order_keeps_groups_together():
    items = [(letter, number) for letter in "abcd" for number in range(4)]
    orders = [shuffled_in_groups(items, lambda item: item[0], seed) for seed in range(1, 9)]
    assert all(sorted(order) == items for order in orders)
    assert len(set(map(tuple, orders))) > 1
    for order in orders:
        letters = [letter for letter, _ in order]
        assert letters == [letter for letter in dict.fromkeys(letters) for _ in range(4)]
