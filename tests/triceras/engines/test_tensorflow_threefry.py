"""Threefry on TensorFlow: the same words as by its definition, and a step that is soon traced."""

import keras
import numpy as np
import pytest
from keras import ops

from triceras.random import operations
from triceras.random.bits import random_bits
from triceras.testing.draws import DRAWS, KEY


@pytest.fixture(autouse=True)
def only_here(backend):
    if backend != "tensorflow":
        pytest.skip("the engine of another backend")


@pytest.fixture(autouse=True)
def installed(only_here):
    from triceras.engines import tensorflow_threefry

    tensorflow_threefry.install()


def traced(draw, *specs, jit_compile=False):
    import tensorflow as tf

    function = tf.function(draw, jit_compile=jit_compile, autograph=False)
    return function.get_concrete_function(*specs or [tf.TensorSpec((2,), "int32")])


@pytest.mark.parametrize("draw", DRAWS)
@pytest.mark.parametrize("jit_compile", [False, True])
def test_the_same_words_of_the_same_shape(draw, jit_compile):
    program = traced(DRAWS[draw], jit_compile=jit_compile)
    found = program(ops.convert_to_tensor(KEY))
    wanted = DRAWS[draw](KEY)
    assert isinstance(wanted, np.ndarray)
    assert found.dtype == "int32"
    np.testing.assert_array_equal(found, wanted)
    assert program.structured_outputs.shape == wanted.shape


def test_a_size_that_is_open():
    import tensorflow as tf

    program = traced(
        lambda key, size: random_bits(key, (size, 2)),
        tf.TensorSpec((2,), "int32"),
        tf.TensorSpec((), "int32"),
    )
    for size in (3, 4):
        found = program(tf.constant(KEY), tf.constant(size))
        np.testing.assert_array_equal(found, random_bits(KEY, (size, 2)))


@pytest.mark.slow_on("tensorflow")
def test_a_step_has_few_operations_for_each_draw(monkeypatch):
    def draw(key):
        return [random_bits(key, (n,)) for n in range(1, 11)]

    here = len(traced(draw).graph.get_operations())
    monkeypatch.setattr(operations, "threefry_2x32", None)
    there = len(traced(draw).graph.get_operations())
    assert 5 * here < there


def test_what_is_not_traced_is_left_to_the_definition():
    import tensorflow as tf

    from triceras.engines.tensorflow_threefry import threefry_2x32 as encrypt

    word = tf.constant([1])
    assert encrypt((word, word), (word, word)) is None
    found = []
    traced(lambda _: found.append(encrypt((object(), word), (word, word))))
    assert found == [None]


def test_gradients_go_past_it():
    import tensorflow as tf

    @tf.function(autograph=False)
    def gradient(key, x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            loss = tf.reduce_sum(x * keras.ops.cast(random_bits(key, (3,)), "float32"))
        return tape.gradient(loss, x)

    found = gradient(tf.constant(KEY), tf.ones(3))
    np.testing.assert_array_equal(found, random_bits(KEY, (3,)).astype("float32"))
