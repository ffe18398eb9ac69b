import keras
import numpy as np
import pytest
from keras import ops

from lab.models.vae import VariationalAutoencoder
from lab.objectives.bernoulli import BernoulliNegativeLogLikelihood


def build(**options):
    keras.utils.set_random_seed(0)
    model = VariationalAutoencoder(3, (8, 6), **{"output_activation": None, **options})
    model.build((None, 64))
    model.compile(keras.optimizers.Adam(1e-2), BernoulliNegativeLogLikelihood())
    return model


@pytest.mark.slow
@pytest.mark.in_turn
@pytest.mark.parametrize("steps", [0, 2])
def test_it_is_saved_whole(data, check_saved, steps):
    model = build(output_activation=None, kl_weight=2.0, activation="tanh", seed=4)
    if steps:
        x = data.train["image"][: 16 * steps]
        model.fit(x, x, batch_size=16, verbose=0)
    x = data.test["image"][:5]
    loaded = check_saved(model, lambda m: [m.encode(x), m.reconstruct(x)])
    assert loaded.kl_weight == 2.0


def test_a_symbolic_call_gives_the_shape():
    inputs = keras.Input((64,))
    outputs = build()(inputs)
    assert outputs.shape == (None, 64)
    assert outputs.dtype == "float32"


@pytest.mark.slow_on("jax")
def test_it_is_a_part_of_a_functional_model(data):
    inputs = keras.Input((64,))
    whole = keras.Model(inputs, build()(inputs))
    assert whole(data.test["image"][:3]).shape == (3, 64)


def test_its_decoder_mirrors_its_encoder():
    shapes = [tuple(v.shape) for v in build().trainable_variables if len(v.shape) == 2]
    assert shapes == [(64, 8), (8, 6), (6, 3), (6, 3), (3, 6), (6, 8), (8, 64)]


@pytest.mark.slow_on("jax")
def test_half_precision(data):
    model = build(dtype="mixed_float16", output_activation=None)
    assert {v.dtype for v in model.trainable_variables} == {"float32"}
    x = data.test["image"][:8]
    assert keras.backend.standardize_dtype(model(x).dtype) == "float16"
    precise = build(output_activation=None)
    for found, expected in zip(model.encode(x), precise.encode(x), strict=True):
        found, expected = map(ops.convert_to_numpy, (found, expected))
        np.testing.assert_allclose(found.astype("float32"), expected, atol=1e-2)
