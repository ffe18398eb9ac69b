import keras
import numpy as np
import pytest
from keras import ops

from lab.models.sparse_mlp import SparseMLP


def build(**options):
    model = SparseMLP(10, **options)
    model.build((None, 64))
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return model


def hidden(model, x):
    w, b = model.get_weights()[:2]
    return np.maximum(x @ w + b, 0)


def test_it_computes_logits_and_one_loss(data):
    model, x = build(units=8, rate=0.1), data.test["image"][:5]
    for _ in range(2):
        logits = model(x)
        w, b = model.get_weights()[2:]
        np.testing.assert_allclose(
            ops.convert_to_numpy(logits), hidden(model, x) @ w + b, rtol=1e-4, atol=1e-5
        )
        (loss,) = model.losses
        assert float(ops.convert_to_numpy(loss)) == pytest.approx(
            0.1 * hidden(model, x).sum(), rel=1e-4
        )


@pytest.mark.in_turn
@pytest.mark.slow
def test_its_activations_become_sparse(data):
    x, y = data.train["image"][:200], data.train["label"][:200]
    silent = []
    for rate in (0.0, 0.05):
        keras.utils.set_random_seed(1)
        model = build(units=16, rate=rate)
        model.fit(x, y, batch_size=20, epochs=10, verbose=0)
        silent.append(np.mean(hidden(model, x) == 0))
    assert silent[1] > silent[0] + 0.2
