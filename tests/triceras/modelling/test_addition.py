import itertools

import keras
import numpy as np
import pytest
from keras import ops

from triceras.modelling import addition

pytestmark = pytest.mark.keras_internals  # it replaces private parts of Keras


@pytest.fixture(autouse=True)
def mended():
    addition.install()
    addition.install()


SHAPES = [
    (),
    (3,),
    (1,),
    (3, 1),
    (1, 3),
    (3, 3),
    (2, 3),
    (3, 3, 1),
    (2, 3, 1),
    (3, 1, 1),
    (1, 3, 1),
    (1, 1, 3),
    (3, 3, 3),
    (3, 2, 3),
    (1, 3, 1, 1),
    (2, 3, 3, 3),
    (2, 3, 2, 2),
    (2, 3, 2, 2, 1),
]


def can_be_added(shapes):
    try:
        np.broadcast_shapes(*shapes)
    except ValueError:
        return False
    return True


@pytest.mark.in_turn("tensorflow")
@pytest.mark.parametrize("shapes", filter(can_be_added, itertools.product(SHAPES, SHAPES)), ids=str)
def test_shapes_are_broadcast_as_by_numpy(shapes):
    first, second = (
        np.random.default_rng(i).normal(size=shape).astype("float32")
        for i, shape in enumerate(shapes)
    )
    wanted = first + second
    for found in (ops.add(first, second), ops.add(*map(ops.convert_to_tensor, (first, second)))):
        assert tuple(found.shape) == wanted.shape
        np.testing.assert_array_equal(ops.convert_to_numpy(found), wanted)


def test_types_are_those_of_keras():
    for kinds in (("int32", "float32"), ("uint8", "int8"), ("bool", "int32")):
        found = ops.add(np.ones((3, 3), kinds[0]), np.ones((3, 1), kinds[1]))
        wanted = keras.backend.result_type(*kinds)
        assert keras.backend.standardize_dtype(found.dtype) == wanted
    np.testing.assert_array_equal(ops.convert_to_numpy(ops.add(np.ones((3, 3)), 1)), 2)


def test_a_layer_adds_a_column_to_a_matrix():
    matrix, column = np.zeros((3, 3), "float32"), np.arange(3, dtype="float32")[:, None]
    inputs = [keras.Input((3,)), keras.Input((1,))]
    model = keras.Model(inputs, keras.layers.Add()(inputs))
    found = model.predict([matrix, column], verbose=0)
    np.testing.assert_array_equal(found, matrix + column)


@pytest.mark.in_turn("tensorflow")
def test_a_bias_of_channels_that_are_first_is_theirs():
    layer = keras.layers.Conv2D(4, 1, data_format="channels_first", bias_initializer="ones")
    if keras.backend.backend() != "tensorflow":
        layer(np.zeros((1, 2, 4, 4), "float32"))
        layer.bias.assign([0.0, 1.0, 2.0, 3.0])
        found = ops.convert_to_numpy(layer(np.zeros((1, 2, 4, 4), "float32")))
    else:  # on a CPU TensorFlow differentiates no such convolution, so that it is only added
        bias = np.arange(4, dtype="float32").reshape(1, 4, 1, 1)
        found = ops.convert_to_numpy(ops.add(np.zeros((1, 4, 4, 4), "float32"), bias))
    np.testing.assert_array_equal(found[0, :, 1, 2], [0, 1, 2, 3])
