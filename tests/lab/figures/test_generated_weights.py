import functools

import keras
import numpy as np
import pytest

from lab.figures.generated_weights import GeneratedWeights, centre_of
from lab.figures.images import one_of_each_class
from lab.figures.mosaic import mosaic
from lab.models.dense_hypernetwork import build_dense_hypernetwork
from lab.models.hypernetwork import Hypernetwork
from lab.models.mlp import build_mlp
from triceras.errors import UserError


def hypernetwork(**options):
    keras.utils.set_random_seed(0)
    target = functools.partial(build_mlp, hidden_units=(6,))
    return build_dense_hypernetwork((64,), 10, target, **options)


@pytest.mark.slow_on("jax")
def test_shows_inputs_and_the_weights_generated_for_them(subject_of, data):
    model = hypernetwork()
    figure = GeneratedWeights(units=4, images=3).draw(subject_of(model))
    left, right = figure.axes[:2]
    chosen = data.test["image"][one_of_each_class(data.test["label"], 3)]
    np.testing.assert_array_equal(
        left.images[0].get_array().filled(np.nan), mosaic(chosen.reshape(3, 1, 8, 8))
    )
    kernel = keras.ops.convert_to_numpy(model.generate_weights(chosen)[0])
    assert kernel.shape == (3, 64, 6)
    shown = right.images[0].get_array().filled(np.nan)
    for row, unit in np.ndindex(3, 4):
        part = shown[row * 9 : row * 9 + 8, unit * 9 : unit * 9 + 8]
        np.testing.assert_allclose(part, kernel[row, :, unit].reshape(8, 8), atol=1e-6)
    assert shown.shape == (3 * 9 - 1, 4 * 9 - 1)


@pytest.mark.slow_on("jax")
def test_colours_are_centred_on_zero(subject_of):
    _, right = GeneratedWeights(units=4).draw(subject_of(hypernetwork())).axes[:2]
    low, high = right.images[0].get_clim()
    assert low == -high < 0


@pytest.mark.slow_on("jax")
def test_weights_of_one_sign_are_centred_on_their_median(subject_of):
    model = hypernetwork(weight_activation="sigmoid", weight_initializer="glorot_uniform")
    _, right = GeneratedWeights(units=4).draw(subject_of(model)).axes[:2]
    low, high = right.images[0].get_clim()
    assert 0 < low < 0.5 < high < 1
    assert centre_of(np.array([-1.0, 5.0])) == 0
    assert centre_of(np.array([1.0, 2.0, 6.0])) == 2


@pytest.mark.slow_on("jax")
def test_no_more_units_than_there_are(subject_of):
    _, right = GeneratedWeights(units=50, images=2).draw(subject_of(hypernetwork())).axes[:2]
    assert [label.get_text() for label in right.get_xticklabels()] == list("012345")


@pytest.mark.slow_on("jax")
def test_a_target_that_does_not_begin_with_pixels(subject_of):
    target = keras.Sequential(
        [keras.Input((64,)), keras.layers.LayerNormalization(), keras.layers.Dense(10)]
    )
    model = Hypernetwork(target, keras.layers.Dense(4))
    model.build((None, 64))
    with pytest.raises(UserError, match=r"dense layer on pixels; .* of shape \(64,\)"):
        GeneratedWeights().draw(subject_of(model))
