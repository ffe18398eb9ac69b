"""Words by a program of XLA: the same as by their definition."""

import numpy as np
import pytest

from triceras.random import bits, operations


@pytest.fixture(autouse=True)
def only_here(backend):
    if backend != "tensorflow":
        pytest.skip("the engine of another backend")


KEY = np.array([0x13198A2E, -7], "int32")


@pytest.mark.parametrize("shape", [(7, 3), (), (0,)])
def test_the_same_words(shape):
    import tensorflow as tf

    from triceras.engines.tensorflow_draws import drawing_by, random_bits

    with drawing_by(random_bits):
        found = bits.random_bits(tf.constant(KEY), shape)
    assert found.dtype == tf.int32
    np.testing.assert_array_equal(found.numpy(), bits.random_bits(KEY, shape))
    assert operations.random_bits is None


@pytest.mark.slow_on("tensorflow")
def test_a_loop_that_xla_does_not_compile_draws_by_it():
    import tensorflow as tf

    from triceras.engines.tensorflow_draws import drawing_by, random_bits

    def draw(key, size):
        with drawing_by(random_bits):
            return bits.random_bits(key, (size,))

    program = tf.function(draw).get_concrete_function(tf.constant(KEY), 64)
    assert not [op.name for op in program.graph.get_operations() if "Bitwise" in op.type]
    np.testing.assert_array_equal(program(tf.constant(KEY)), bits.random_bits(KEY, (64,)))
    # Where a batch may be of any size, TensorFlow's own kernels draw.
    sized = tf.function(draw).get_concrete_function(tf.constant(KEY), tf.TensorSpec((), "int32"))
    np.testing.assert_array_equal(
        sized(tf.constant(KEY), tf.constant(64)), bits.random_bits(KEY, (64,))
    )
