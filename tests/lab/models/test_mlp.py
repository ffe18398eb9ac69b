import keras
import numpy as np
import pytest
from keras import ops

from lab.models.mlp import MLP, build_mlp, build_sequential_mlp


def test_it_is_the_network_of_the_guide():
    model = build_mlp((784,), classes=10, hidden_units=(32, 32))
    assert model.output_shape == (None, 10)
    assert model.count_params() == 784 * 32 + 32 + 32 * 32 + 32 + 32 * 10 + 10
    activations = [layer.activation.__name__ for layer in model.layers[1:]]
    assert activations == ["relu", "relu", "linear"]


def test_without_hidden_layers_it_is_linear():
    assert len(build_mlp((4,), 3, hidden_units=()).trainable_variables) == 2


def subclassed(hidden_units=(8, 7)):
    model = MLP(3, hidden_units)
    model.build((None, 64))
    return model


def test_the_subclassed_one_tracks_the_weights_of_its_layers():
    model = subclassed()
    shapes = [(64, 8), (8,), (8, 7), (7,), (7, 3), (3,)]
    assert [tuple(v.shape) for v in model.trainable_weights] == shapes
    assert model.compute_output_shape((5, 64)) == (5, 3)
    assert [len(layer.weights) for layer in model.layers] == [2, 2, 2]


@pytest.mark.parametrize("build", [build_mlp, build_sequential_mlp])
def test_all_three_are_the_same_function_of_their_weights(data, build):
    model, other = subclassed(), build((64,), 3, (8, 7))
    other.set_weights(model.get_weights())
    x = data.test["image"][:5]
    np.testing.assert_allclose(
        *(ops.convert_to_numpy(m(x)) for m in (model, other)), rtol=1e-5, atol=1e-6
    )


def test_functional_and_sequential_have_the_same_weights_from_one_seed():
    weights = []
    for build in (build_mlp, build_sequential_mlp):
        keras.utils.set_random_seed(4)
        weights.append(build((64,), 3, (8, 7)).get_weights())
    for a, b in zip(*weights, strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_model_is_a_layer(data):
    outer = keras.Sequential([keras.Input((64,)), MLP(3, (8,)), keras.layers.Dense(2)])
    assert len(outer.trainable_weights) == 6
    assert tuple(outer(data.test["image"][:5]).shape) == (5, 2)
