import keras
import numpy as np
from keras import ops

from lab.models.mlp_with_dropout import MLPWithDropout


def build(**options):
    model = MLPWithDropout(10, units=8, **options)
    model.build((None, 64))
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return model


def numpy(tensor):
    return np.array(ops.convert_to_numpy(tensor))


def test_inference_keeps_all_hidden_activations(data):
    model, x = build(), data.test["image"][:5]
    w1, b1, w2, b2 = model.get_weights()
    expected = np.maximum(x @ w1 + b1, 0) @ w2 + b2
    for options in ({}, {"training": False}):
        np.testing.assert_allclose(numpy(model(x, **options)), expected, rtol=1e-4, atol=1e-5)


def test_training_drops_some_of_them(data):
    model, x = build(rate=0.5, seed=1), data.test["image"][:50]
    draws = [numpy(model(x, training=True)) for _ in range(2)]
    assert not np.array_equal(*draws)
    # Where all are dropped the logits are the bias.
    model = build(rate=0.999, seed=1)
    bias = np.broadcast_to(model.get_weights()[3], (50, 10))
    assert np.mean(np.all(numpy(model(x, training=True)) == bias, axis=1)) > 0.9


def test_the_dropout_has_no_weights():
    model = build()
    assert len(model.weights) == 4
    assert len(model.variables) == 5
