"""Spectral normalization is that of Miyato et al. (2018) on every backend and in every loop."""

import keras
import numpy as np
import pytest
from keras import ops

from triceras.checkpoints import keras_files
from triceras.modelling import spectral_normalization
from triceras.testing.loops import LOOPS, split_of, train

pytestmark = pytest.mark.keras_internals

RNG = np.random.default_rng(0)
X = RNG.normal(size=(32, 5)).astype("float32")
Y = RNG.normal(size=(32, 4)).astype("float32")
RATE = 0.1


@pytest.fixture(autouse=True)
def mended(monkeypatch):
    monkeypatch.setattr(
        "triceras.data.order.permutation", lambda seed, epoch, size: np.arange(size)
    )
    theirs = keras.layers.SpectralNormalization.call
    spectral_normalization.install()
    yield
    keras.layers.SpectralNormalization.call = theirs


def build(**options):
    keras.utils.set_random_seed(0)
    layer = keras.layers.Dense(4, **{"use_bias": False, **options})
    model = keras.Sequential([keras.Input((5,)), keras.layers.SpectralNormalization(layer)])
    model.compile(keras.optimizers.SGD(RATE), "mse")
    return model


def values(layer):
    both = (layer.kernel, layer.vector_u)
    return [ops.convert_to_numpy(v).astype("float64") for v in both]


def unit(vector):
    return vector / np.linalg.norm(vector)


def by_the_paper(kernel, u):
    """Losses and the kernel after 4 steps: equation 12, and algorithm 1."""
    losses = []
    for k in range(4):
        x, y = X[8 * k : 8 * k + 8], Y[8 * k : 8 * k + 8]
        v = unit(u @ kernel.T)
        u = unit(v @ kernel)
        norm = (v @ kernel @ u.T).item()
        error = x @ kernel / norm - y
        losses.append(np.mean(error**2))
        by_normalized = 2 * x.T @ error / error.size
        radial = np.sum(by_normalized * kernel / norm) * v.T @ u
        kernel = kernel - RATE * (by_normalized - radial) / norm
    return losses, kernel, u


@pytest.mark.in_turn
@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.slow
def test_the_gradient_goes_through_the_norm(loop, tmp_path):
    model = build()
    layer = model.layers[0]
    wanted, kernel, u = by_the_paper(*values(layer))
    losses, history = train(model, X, Y, loop, validation=split_of(X[:8], Y[:8]))
    np.testing.assert_allclose(losses, wanted, rtol=1e-5)
    np.testing.assert_allclose(values(layer)[0], kernel, rtol=1e-4)

    # A validation normalizes as well, and so does Keras with a file that is written for it.
    norm = np.linalg.norm(unit(u @ kernel.T) @ kernel)
    error = X[:8] @ kernel / norm - Y[:8]
    assert history.history["val_loss"][0] == pytest.approx(np.mean(error**2), rel=1e-5)
    keras_files.save(model, tmp_path / "model.keras")
    theirs = keras.saving.load_model(tmp_path / "model.keras").layers[0]
    np.testing.assert_allclose(values(theirs)[0], kernel / norm, rtol=1e-4)
    np.testing.assert_allclose(values(layer)[0], kernel, rtol=1e-4)


@pytest.mark.in_turn("jax")
@pytest.mark.parametrize("loop", ["custom", "fit"])
@pytest.mark.slow_on("jax", "tensorflow")
def test_what_the_wrapped_layer_adds_to_the_loss_counts(loop):
    x, y = X[:8], Y[:8]
    outputs = ops.convert_to_numpy(build()(x, training=True))
    wanted = np.mean((outputs - y) ** 2) + 0.5 * np.mean(np.sum(outputs**2, 1))
    model = build(activity_regularizer=keras.regularizers.L2(0.5))
    assert train(model, x, y, loop)[0] == pytest.approx([wanted], rel=1e-5)


@pytest.mark.slow_on("jax")
def test_an_embedding_is_looked_up_and_not_rounded():
    layer = keras.layers.SpectralNormalization(keras.layers.Embedding(5, 3))
    rows = ops.convert_to_numpy(layer(np.arange(5), training=True))
    assert np.linalg.norm(rows, 2) > 0.5
    assert not np.array_equal(rows, np.round(rows))


@pytest.mark.slow_on("jax")
def test_a_kernel_of_zeros_stays_zero():
    model = build(kernel_initializer="zeros")
    _, u = values(model.layers[0])
    assert not np.any(ops.convert_to_numpy(model(X, training=True)))
    np.testing.assert_allclose(values(model.layers[0])[1], u, rtol=1e-6)
