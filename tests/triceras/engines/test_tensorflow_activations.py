"""SiLU with a shorter gradient: what TensorFlow's own computes, and its gradients."""

import keras
import numpy as np
import pytest


@pytest.fixture(autouse=True)
def only_here(backend):
    if backend != "tensorflow":
        pytest.skip("the engine of another backend")


def derivatives(x, short):
    """The kinds of operations, SiLU, its gradient, and the gradient of a penalty on that."""
    import tensorflow as tf

    from triceras.engines.tensorflow_activations import short_gradients

    def step():
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as inner:
                inner.watch(x)
                y = keras.activations.silu(x)
                loss = tf.reduce_sum(tf.sin(y))
            first = inner.gradient(loss, x)
            penalty = tf.reduce_sum(first * first * first)
        return y, first, outer.gradient(penalty, x)

    def used():
        if not short:
            return step()
        with short_gradients():
            return step()

    program = tf.function(used, autograph=False)
    kinds = [op.type for op in program.get_concrete_function().graph.get_operations()]
    return kinds, program(), used()


@pytest.mark.slow_on("tensorflow")
@pytest.mark.parametrize("dtype", ["float32", "float64", "bfloat16"])
def test_it_is_as_exact_as_theirs(dtype):
    import tensorflow as tf

    numbers = tf.constant([*np.linspace(-12, 12, 301), -1e4, -100, 100, 1e4], "float64")
    numbers = tf.cast(tf.cast(numbers, dtype), "float64")
    _, exact, _ = derivatives(numbers, False)
    _, theirs, _ = derivatives(tf.cast(numbers, dtype), False)
    _, *ours = derivatives(tf.cast(numbers, dtype), True)

    def furthest(found, from_):
        assert found.dtype == dtype
        return np.abs(np.asarray(tf.cast(found, "float64")) - from_).max()

    for each in ours:
        for value, their, right in zip(each, theirs, exact, strict=True):
            assert furthest(value, right) <= 2 * furthest(their, right) + 1e-14


def test_a_step_has_fewer_operations():
    import tensorflow as tf

    from triceras.engines.tensorflow_activations import silu

    def pointwise(function):
        def step(x):
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = function(x)
            return y, tape.gradient(y, x, output_gradients=tf.ones_like(x))

        graph = tf.function(step, autograph=False).get_concrete_function(tf.ones((4, 3))).graph
        kinds = ("Mul", "Add", "AddV2", "Sub", "Sigmoid", "SigmoidGrad")
        return sum(op.type in kinds for op in graph.get_operations())

    # One product is there twice, of which TensorFlow makes one.
    assert pointwise(silu) == 7
    assert pointwise(tf.nn.silu) > 8


def test_a_penalty_stays_within_float16():
    """In mixed precision losses are scaled by thousands."""
    import tensorflow as tf

    from triceras.engines.tensorflow_activations import silu

    def penalty(function):
        x = tf.constant([-5.0, -1.0, 3.0], "float16")
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as inner:
                inner.watch(x)
                y = function(x)
            scale = tf.constant([8192.0, 32768.0, 8192.0], "float16")
            first = inner.gradient(y, x, output_gradients=scale)
        return np.asarray(outer.gradient(first, x), "float64")

    np.testing.assert_allclose(penalty(silu), penalty(tf.nn.silu), rtol=2e-2)


def test_rows_of_several_lengths_are_left_to_tensorflow():
    import tensorflow as tf

    from triceras.engines.tensorflow_activations import silu

    ragged = tf.ragged.constant([[1.0], [2.0, 3.0]])
    np.testing.assert_array_equal(silu(ragged).flat_values, tf.nn.silu(ragged).flat_values)


def test_it_is_as_before_afterwards():
    from keras.src import backend

    from triceras.engines.tensorflow_activations import short_gradients

    before = backend.nn.silu
    with short_gradients():
        assert backend.nn.silu is not before
    assert backend.nn.silu is before
