import keras
import numpy as np
import pytest
from keras import ops

from triceras.engines import input_gradients
from triceras.modelling import probabilities

pytestmark = pytest.mark.keras_internals  # it replaces private parts of Keras

LOGITS = (np.random.default_rng(0).normal(size=(6, 3)) * 20).astype("float32")
LABELS = np.array([0, 1, 2, 0, 1, 2])
CLASSES = np.eye(3, dtype="float32")[LABELS]


def clipped(x):
    return np.clip(x, 1e-7, np.float32(1 - 1e-7))


def softmax(x):
    x = np.exp(x - x.max(-1, keepdims=True))
    return x / x.sum(-1, keepdims=True)


@pytest.fixture(autouse=True)
def mended():
    probabilities.install()
    probabilities.install()


@pytest.mark.slow_on("tensorflow")
@pytest.mark.in_turn("tensorflow")
@pytest.mark.parametrize("kind", ["categorical_crossentropy", "sparse_categorical_crossentropy"])
def test_what_a_softmax_gives_is_clipped(kind):
    targets = LABELS if kind.startswith("sparse") else CLASSES
    wanted = -np.log(clipped(softmax(LOGITS))[np.arange(6), LABELS])
    assert wanted.max() > 16
    model = keras.Sequential([keras.Input((3,)), keras.layers.Activation("softmax")])
    loss = keras.losses.get(kind)
    np.testing.assert_allclose(loss(targets, model(LOGITS)), wanted, rtol=1e-5, atol=1e-6)
    model.compile(loss=kind)
    found = model.evaluate(LOGITS, targets, batch_size=6, verbose=0)
    np.testing.assert_allclose(found, wanted.mean(), rtol=1e-5)

    def sure_and_wrong(x):
        return loss(targets, ops.softmax(x))

    gradients = ops.convert_to_numpy(input_gradients(sure_and_wrong, LOGITS))
    assert not gradients[wanted > 16].any()
    assert gradients.any()


def test_what_a_sigmoid_gives_is_clipped():
    p = clipped(1 / (1 + np.exp(-LOGITS)))
    wanted = -np.log(np.where(CLASSES > 0, p, 1 - p)).mean(-1)
    found = keras.losses.binary_crossentropy(CLASSES, keras.activations.sigmoid(LOGITS))
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("shape", [(6,), (6, 1)])
def test_what_does_not_add_up_to_1_is_made_to(shape):
    p = np.random.default_rng(1).uniform(0.1, 2, (6, 3)).astype("float32")
    wanted = -np.log((p / p.sum(-1, keepdims=True))[np.arange(6), LABELS])
    found = ops.sparse_categorical_crossentropy(LABELS.reshape(shape), p)
    np.testing.assert_allclose(ops.convert_to_numpy(found), wanted, rtol=1e-5)


def test_many_classes_that_have_none_cost_nothing():
    p = np.zeros((1, 10000), "float32")
    p[0, 1] = 1
    found = ops.convert_to_numpy(ops.sparse_categorical_crossentropy(np.array([1]), p))
    assert found < 2e-7


def test_logits_are_as_they_were():
    wanted = -np.log(softmax(LOGITS.astype("float64")))[np.arange(6), LABELS]
    found = keras.losses.sparse_categorical_crossentropy(LABELS, LOGITS, from_logits=True)
    np.testing.assert_allclose(ops.convert_to_numpy(found), wanted, rtol=1e-5, atol=1e-6)
    found = keras.losses.categorical_crossentropy(CLASSES, LOGITS, from_logits=True)
    np.testing.assert_allclose(ops.convert_to_numpy(found), wanted, rtol=1e-5, atol=1e-6)
