import keras
import numpy as np
import pytest
from keras import ops

from lab.models.functional_vae import build_functional_vae
from lab.models.vae import VariationalAutoencoder
from lab.objectives.bernoulli import BernoulliNegativeLogLikelihood

OPTIONS = {"activation": "tanh", "output_activation": None, "kl_weight": 2.0}


def build():
    keras.utils.set_random_seed(0)
    model = build_functional_vae((64,), 3, (8, 6), **OPTIONS)
    model.compile(keras.optimizers.Adam(1e-2), BernoulliNegativeLogLikelihood())
    return model


@pytest.mark.slow
@pytest.mark.once  # The guide's block 20 shows it on each backend.
def test_one_seed_gives_the_curve_of_the_subclassed_model(data):
    functional = build()
    keras.utils.set_random_seed(0)
    subclassed = VariationalAutoencoder(3, (8, 6), **OPTIONS)
    subclassed.build((None, 64))
    subclassed.compile(keras.optimizers.Adam(1e-2), BernoulliNegativeLogLikelihood())
    for first, second in zip(functional.weights, subclassed.weights, strict=True):
        assert np.array_equal(*(ops.convert_to_numpy(v.value) for v in (first, second)))
    x = data.train["image"][:64]
    curves = [
        model.fit(x, x, batch_size=16, epochs=2, shuffle=False, verbose=0).history
        for model in (functional, subclassed)
    ]
    assert curves[0].keys() == curves[1].keys()
    for name in curves[0]:
        np.testing.assert_allclose(curves[0][name], curves[1][name], rtol=1e-6)


@pytest.mark.in_turn
@pytest.mark.parametrize("steps", [0, 2])
@pytest.mark.slow
def test_it_is_saved_whole(data, check_saved, steps):
    model = build()
    if steps:
        x = data.train["image"][: 16 * steps]
        model.fit(x, x, batch_size=16, verbose=0)
    x = data.test["image"][:5]
    loaded = check_saved(model, lambda m: [m.encode(x), m.reconstruct(x)])
    assert loaded.kl_divergence.weight == 2.0
    assert loaded.gives_logits


def test_it_is_a_graph_of_layers():
    model = build()
    names = [layer.name for layer in model.layers]
    assert names == ["images", "encoder", "kl_divergence", "sampling", "decoder"]
    assert model.output_shape == (None, 64)
    assert model.name == "vae"
