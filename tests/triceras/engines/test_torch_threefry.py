"""Threefry as one operation: the same words as by its definition."""

import numpy as np
import pytest
from keras import ops

from triceras.random import operations, threefry
from triceras.random.bits import random_bits
from triceras.random.keys import fold_in, split


@pytest.fixture(autouse=True)
def only_here(backend):
    if backend != "torch":
        pytest.skip("the engine of another backend")


KEY = np.array([0x13198A2E, -7], "int32")


@pytest.mark.parametrize(
    "draw",
    [
        lambda key: random_bits(key, (7, 3)),
        lambda key: random_bits(key, ()),
        lambda key: random_bits(key, (0,)),
        lambda key: split(key, 3),
        lambda key: fold_in(key, 5),
        lambda key: threefry.threefry_2x32((key[0], key[1]), (key[:, None], key[None]))[1],
    ],
)
def test_the_same_words(draw):
    from triceras.engines.torch_threefry import compiled, one_operation

    assert compiled() is not None
    key = ops.convert_to_tensor(KEY)
    wanted = draw(key)
    with one_operation():
        found = draw(key)
    assert found.dtype == wanted.dtype
    np.testing.assert_array_equal(found.numpy(), wanted.numpy())
    assert (operations.threefry_2x32, operations.random_bits) == (None, None)


def test_it_is_one_operation_of_a_traced_graph():
    from triceras.engines.torch_graph import traced
    from triceras.engines.torch_threefry import one_operation

    key = ops.convert_to_tensor(KEY)
    with one_operation():
        program = traced(lambda key: random_bits(key, (64,)), (key,))
    targets = [str(node.target) for node in program.function.graph.nodes]
    assert targets.count("triceras.random_bits.default") == 1
    assert not any("bitwise_xor" in target for target in targets)
    np.testing.assert_array_equal(program.function(key)[0].numpy(), random_bits(KEY, (64,)))


def test_without_a_compiler_it_is_left_to_small_operations(monkeypatch):
    from triceras.engines import torch_threefry

    monkeypatch.setattr(torch_threefry, "compiled", lambda: None)
    key = ops.convert_to_tensor(KEY)
    with torch_threefry.one_operation():
        np.testing.assert_array_equal(random_bits(key, (5,)).numpy(), random_bits(KEY, (5,)))
