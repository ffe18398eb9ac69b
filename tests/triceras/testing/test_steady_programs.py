"""A program is the same one whatever was traced before, and computes what it did."""

import re
import zlib

import keras
import pytest

from triceras.testing.steady_programs import FUNCTIONS, count_anew


@pytest.mark.in_turn("tensorflow")
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


@pytest.mark.in_turn("tensorflow")
def test_names_do_not_depend_on_what_was_traced_before(backend):
    if backend != "tensorflow":
        pytest.skip("TensorFlow alone has them in its programs")
    import tensorflow as tf

    def traced_in(test):
        count_anew(test)
        layer = keras.layers.Dense(3)
        layer.build((None, 3))

        def program(x):
            return tf.while_loop(lambda y: y[0, 0] < 9, lambda y: [layer(y) + 10], [x])

        start = tf.TensorSpec((2, 3), "float32")
        traced = tf.function(program, autograph=False).get_concrete_function(start)
        first = zlib.crc32(test.encode()) * FUNCTIONS
        text = str(traced.graph.as_graph_def())
        numbers = {int(number) for number in re.findall(r"_(\d{9,})\b", f"{traced.name} {text}")}
        assert float(traced(tf.zeros((2, 3)))[0][0, 0]) >= 9
        return layer.name, {number - first for number in numbers}

    name, numbers = traced_in("one test")
    # The program itself, the body and the condition.
    assert len(numbers) >= 3
    assert max(numbers) < 100
    assert name == "dense"
    for _ in range(5):
        keras.layers.Dense(1)
        tf.function(lambda x: x + 1).get_concrete_function(tf.zeros(()))
    assert traced_in("another test") == (name, numbers)
