"""Threefry on JAX: the same words as by its definition, in fewer operations."""

import numpy as np
import pytest
from keras import ops

from triceras.random import operations
from triceras.random.bits import random_bits
from triceras.random.threefry import rounds
from triceras.testing.draws import DRAWS, KEY


@pytest.fixture(autouse=True)
def only_here(backend):
    if backend != "jax":
        pytest.skip("the engine of another backend")


@pytest.fixture
def by_definition(monkeypatch):
    def run(draw, key):
        with monkeypatch.context() as patch:
            patch.setattr(operations, "threefry_2x32", None)
            return draw(key)

    return run


@pytest.mark.parametrize("draw", DRAWS)
@pytest.mark.parametrize("traced", [False, True])
def test_the_same_words(draw, traced, by_definition):
    import jax

    from triceras.engines import jax_threefry

    jax_threefry.install()
    function = jax.jit(DRAWS[draw]) if traced else DRAWS[draw]
    found = function(ops.convert_to_tensor(KEY))
    wanted = by_definition(DRAWS[draw], KEY)
    assert isinstance(wanted, np.ndarray)
    assert found.dtype == "int32"
    np.testing.assert_array_equal(found, wanted)


def test_a_traced_step_has_no_call_and_fewer_operations_than_the_definition(by_definition):
    import jax

    from triceras.engines import jax_threefry

    jax_threefry.install()

    def draw(key):
        return random_bits(key, (64, 3))

    def operations_of(step):
        return [e.primitive.name for e in step.jaxpr.eqns]

    key = ops.convert_to_tensor(KEY)
    here = operations_of(jax.jit(draw).trace(key))
    there = by_definition(lambda key: operations_of(jax.jit(lambda k: draw(k)).trace(key)), key)
    assert "jit" not in here
    assert len(here) < len(there)


@pytest.mark.parametrize("shapes", [((), ()), ((1,), (5,)), ((2, 1), (3,)), ((), (0,))])
def test_keys_and_counters_of_any_shape(shapes):
    from triceras.engines import jax_threefry

    words = np.random.default_rng(1).integers(-(2**31), 2**31, (4, 6), dtype="int32")
    key, counter = (
        tuple(np.resize(word, shape).astype("int32") for word in pair)
        for pair, shape in zip((words[:2], words[2:]), shapes, strict=True)
    )
    with np.errstate(over="ignore"):
        wanted = rounds(key, counter, np)
    for a, b in zip(jax_threefry.threefry_2x32(key, counter), wanted, strict=True):
        np.testing.assert_array_equal(a, b)


def test_what_is_no_array_is_left_to_the_definition():
    from triceras.engines import jax_threefry

    words = (object(), object())
    assert jax_threefry.threefry_2x32(words, (1, 2)) is None
    assert rounds((KEY[:1], KEY[1:]), (KEY[:1], 0), np)[0].shape == (1,)
