import functools

import keras
import numpy as np
import pytest
from keras import ops

from lab.models.dense_hypernetwork import build_dense_hypernetwork
from lab.models.mlp import build_mlp

GUIDE = {"normalize": False, "weight_activation": "sigmoid", "weight_initializer": "glorot_uniform"}


@pytest.fixture
def guide():
    keras.utils.set_random_seed(0)
    target = functools.partial(build_mlp, hidden_units=(64,))
    return build_dense_hypernetwork((784,), 10, target, hidden_units=(16,), **GUIDE)


@pytest.mark.slow_on("jax", "tensorflow")
def test_the_hypernetwork_of_the_guide(guide):
    x = np.random.default_rng(0).random((2, 784)).astype("float32")
    hidden, generated = guide.trainable_variables[:2], guide.trainable_variables[2:]
    kernel, bias = generated
    assert tuple(kernel.shape) == (16, 50890)
    assert not np.any(ops.convert_to_numpy(bias.value))
    limit = np.sqrt(6 / (16 + 50890))
    values = ops.convert_to_numpy(kernel.value)
    assert np.abs(values).max() == pytest.approx(limit, rel=1e-3)
    assert values.std() == pytest.approx(limit / np.sqrt(3), rel=0.01)
    # As the guide writes it out.
    features = ops.relu(ops.matmul(x, hidden[0]) + hidden[1])
    flat = ops.sigmoid(ops.matmul(features, kernel) + bias)
    for i in range(2):
        w0, b0, w1, b1 = np.split(ops.convert_to_numpy(flat)[i], np.cumsum([50176, 64, 640]))
        middle = np.maximum(x[i] @ w0.reshape(784, 64) + b0, 0)
        expected = middle @ w1.reshape(64, 10) + b1
        found = ops.convert_to_numpy(guide(x[i : i + 1]))[0]
        np.testing.assert_allclose(found, expected, rtol=1e-4)


def test_it_has_no_weights_but_the_generator_s(guide):
    assert guide.count_params() == 784 * 16 + 16 + 16 * 50890 + 50890


@pytest.mark.parametrize("normalize", [True, False])
def test_normalized_features_have_unit_variance(normalize, data):
    keras.utils.set_random_seed(0)
    model = build_dense_hypernetwork((64,), 10, build_mlp, normalize=normalize)
    features = ops.convert_to_numpy(model.generator(data.test["image"]))
    unit = np.allclose((features**2).mean(axis=1), 1, atol=0.05)
    assert unit == normalize


def test_generated_weights_have_the_variance_of_he(data):
    keras.utils.set_random_seed(0)
    model = build_dense_hypernetwork((64,), 10, build_mlp, hidden_units=(64,))
    first, bias, last, _ = model.generate_weights(data.test["image"])
    assert np.var(ops.convert_to_numpy(first)) == pytest.approx(2 / 64, rel=0.1)
    assert np.var(ops.convert_to_numpy(last)) == pytest.approx(2 / 64, rel=0.1)
    assert not np.any(ops.convert_to_numpy(bias))
