"""Operations are traced without noting where, and compute what they did."""

import sys

import keras
import pytest


def test_all_operations_have_one_place(backend):
    if backend != "tensorflow":
        pytest.skip("TensorFlow alone notes them")
    import tensorflow as tf

    def double(x):
        first = keras.ops.exp(x)
        return first + keras.ops.exp(x)

    program = tf.function(double, autograph=False)
    traced = program.get_concrete_function(tf.TensorSpec((), "float32"))
    places = {str(operation.traceback) for operation in traced.graph.get_operations()}
    assert len(traced.graph.get_operations()) > 3
    assert len(places) == 1
    assert __file__ not in places.pop()
    assert float(program(tf.constant(0.0))) == 2


def test_errors_name_the_operation_still(backend):
    if backend != "tensorflow":
        pytest.skip("TensorFlow alone notes them")
    import tensorflow as tf

    program = tf.function(lambda x: tf.debugging.check_numerics(x, "no number", name="checked"))
    with pytest.raises(tf.errors.InvalidArgumentError, match="checked"):
        program(tf.constant(float("nan")))
    assert "tensorflow.python.util.tf_stack" in sys.modules
