import h5py
import keras
import numpy as np
import pytest

from triceras.testing.backbone import build_classifier, values
from triceras.weights.keras_h5 import read_h5
from triceras.weights.start import give_weights

pytestmark = pytest.mark.once


def test_layers_have_their_names_and_optimizers_are_left_out(saved):
    model = build_classifier(seed=7)
    model.compile("adam", "mse")
    model.optimizer.build(model.trainable_variables)
    found = read_h5(saved(".weights.h5", model), build_classifier())
    assert set(found.names) >= {"head/0", "head/1", "backbone/norm/3", "backbone/first/0"}
    assert len(found.names) == 10


def unnamed(*first):
    layers = [*first, keras.layers.Dense(3), keras.layers.Dense(3), keras.layers.Dense(3)]
    return keras.Sequential([keras.Input((3,)), *layers])


def test_names_that_keras_numbered_otherwise_are_found_by_their_places(saved):
    model = unnamed()
    path = saved(".weights.h5", model)
    other = unnamed()
    give_weights(other, str(path))
    for value, expected in zip(values(other).values(), values(model).values(), strict=True):
        np.testing.assert_array_equal(value, expected)


def test_the_model_is_not_changed_by_a_look(saved):
    path = saved(".weights.h5", unnamed())
    model = unnamed()
    before = values(model)
    read_h5(path, model)
    for value, expected in zip(values(model).values(), before.values(), strict=True):
        np.testing.assert_array_equal(value, expected)


def test_a_look_leaves_a_layer_to_normalize_as_it_did(saved):
    adapted = keras.layers.Normalization()
    adapted.adapt(np.random.default_rng(0).normal(5.0, 2.0, (40, 3)))
    layer = keras.layers.Normalization()
    x = np.ones((2, 3), "float32")
    path, model = saved(".weights.h5", unnamed(adapted)), unnamed(layer)
    before = keras.ops.convert_to_numpy(layer(x))
    assert read_h5(path, model).ordered
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(layer(x)), before)


def test_links_out_of_a_file_are_not_followed(saved, tmp_path):
    with h5py.File(tmp_path / "secret.h5", "w") as secret:
        secret["vars/0"] = np.ones(3)
    path = saved(".weights.h5")
    with h5py.File(path, "a") as file:
        file["stolen"] = h5py.ExternalLink(str(tmp_path / "secret.h5"), "/")
    assert len(read_h5(path, build_classifier()).names) == 10
