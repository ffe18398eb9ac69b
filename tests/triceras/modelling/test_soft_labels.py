import keras
import numpy as np
import pytest
from keras import ops

from triceras.engines import input_gradients
from triceras.modelling import soft_labels

LOGITS = np.random.default_rng(0).normal(size=(3, 4)).astype("float32") * 3
LABELS = np.array([[0, 0, 0, 0], [0, 1, 0, 0], [0.2, 0.9, 0, 0.4]], "float32")


def softmax(x):
    x = np.exp(x - x.max(-1, keepdims=True))
    return x / x.sum(-1, keepdims=True)


@pytest.mark.parametrize("axis", [-1, 1])
def test_labels_may_add_up_to_any_number(axis):
    soft_labels.install()
    soft_labels.install()
    loss = keras.losses.CategoricalCrossentropy(from_logits=True, reduction=None, axis=axis)
    labels = ops.convert_to_tensor(LABELS)
    wanted = -(LABELS * np.log(softmax(LOGITS))).sum(-1)
    np.testing.assert_allclose(ops.convert_to_numpy(loss(labels, LOGITS)), wanted, rtol=1e-5)
    found = ops.convert_to_numpy(input_gradients(lambda x: loss(labels, x), LOGITS))
    wanted = LABELS.sum(-1, keepdims=True) * softmax(LOGITS) - LABELS
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-6)
    assert not found[0].any()


@pytest.mark.parametrize(("labels", "logits"), [((2, 1), (2, 2)), ((2, 2), (2, 1))])
def test_labels_of_another_shape_are_refused_as_by_keras(labels, logits):
    soft_labels.install()
    loss = keras.losses.CategoricalCrossentropy(from_logits=True)
    with pytest.raises(ValueError, match="shape"):
        loss(np.ones(labels, "float32"), np.ones(logits, "float32"))
