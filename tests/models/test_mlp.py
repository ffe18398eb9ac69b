import keras
import pytest

from triceras.models.mlp import build_mlp


def test_it_is_the_network_of_the_guide():
    model = build_mlp((784,), classes=10, hidden_units=(32, 32))
    assert model.output_shape == (None, 10)
    assert model.count_params() == 784 * 32 + 32 + 32 * 32 + 32 + 32 * 10 + 10
    activations = [layer.activation.__name__ for layer in model.layers[1:]]
    assert activations == ["relu", "relu", "linear"]


def test_without_hidden_layers_it_is_linear():
    assert len(build_mlp((4,), 3, hidden_units=()).trainable_variables) == 2


@pytest.mark.parametrize("steps", [0, 2])
def test_it_is_saved_whole(data, check_saved, steps):
    model = build_mlp((64,), hidden_units=(8,), activation="tanh")
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    if steps:
        model.fit(data.train.x[:32], data.train.y[:32], batch_size=16, verbose=0)
    check_saved(model, lambda m: m(data.test.x[:5]))
