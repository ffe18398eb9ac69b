import keras
import numpy as np
import pytest

from triceras.parity.layer_outputs import recording_layers, to_array


class Pair(keras.layers.Layer):
    """Calls one layer twice, and returns several things."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.dense = keras.layers.Dense(3, name="inner")
        self.built = True

    def call(self, x):
        first = self.dense(x)
        return {"first": first, "second": self.dense(first[:, :3]), "note": "no tensor"}


X = np.random.default_rng(0).normal(size=(2, 3)).astype("float32")


def test_names_tell_the_callers_and_the_call():
    layer = Pair(name="outer")
    with recording_layers() as outputs:
        result = layer(X)
    assert list(outputs.seen) == [
        "outer/inner",
        "outer/inner call 2",
        "outer [first]",
        "outer [second]",
    ]
    np.testing.assert_array_equal(outputs.seen["outer/inner"], to_array(result["first"]))
    np.testing.assert_array_equal(outputs.seen["outer [second]"], to_array(result["second"]))
    assert outputs.unseen == []


def test_a_functional_model_shows_its_layers():
    model = keras.Sequential(
        [keras.Input((3,)), keras.layers.Dense(4, name="a"), keras.layers.ReLU(name="b")], name="m"
    )
    with recording_layers() as outputs:
        result = model(X)
    assert list(outputs.seen) == ["m/a", "m/b", "m"]
    np.testing.assert_array_equal(outputs.seen["m"], to_array(result))
    np.testing.assert_array_equal(outputs.seen["m/b"], np.maximum(outputs.seen["m/a"], 0))


def test_what_a_recurrent_layer_calls_is_its_own_affair():
    cell = keras.layers.StackedRNNCells([keras.layers.SimpleRNNCell(2)])
    with recording_layers() as outputs:
        keras.layers.RNN(cell, unroll=True, name="recurrent")(X[:, None])
    assert list(outputs.seen) == ["recurrent"]
    assert outputs.unseen == []


def test_afterwards_nothing_is_recorded():
    layer = keras.layers.Dense(2)
    with recording_layers() as outputs:
        pass
    layer(X)
    assert outputs.seen == {}


def test_a_layer_that_fails_leaves_its_callers_in_order():
    class Broken(keras.layers.Layer):
        def call(self, x):
            raise ValueError("broken")

    with recording_layers() as outputs:
        with pytest.raises(ValueError, match="broken"):
            Broken(name="broken")(X)
        keras.layers.ReLU(name="after")(X)
    assert list(outputs.seen) == ["after"]


def test_a_tensor_without_a_value_is_said_to_be_unseen():
    layer = keras.layers.ReLU(name="traced")
    with recording_layers() as outputs:
        result = keras.ops.vectorized_map(layer, keras.ops.convert_to_tensor(X))
    assert outputs.unseen == ["traced"]
    assert outputs.seen == {}
    np.testing.assert_array_equal(to_array(result), np.maximum(X, 0))


def test_bfloat16_becomes_a_type_of_numpy():
    array = to_array(keras.ops.cast(X, "bfloat16"))
    assert array.dtype == "float32"
    np.testing.assert_allclose(array, X, rtol=1e-2)
