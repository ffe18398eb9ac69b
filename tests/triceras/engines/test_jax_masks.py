import types

import keras
import numpy as np
import pytest

from triceras import engines


@pytest.mark.in_turn("jax")
@pytest.mark.parametrize("kind", ["keras", "ours"])
@pytest.mark.parametrize("eager", [True, False])
@pytest.mark.slow_on("jax", "tensorflow")
def test_metrics_of_fit_leave_out_what_is_masked(kind, eager):
    engines.mend_fit()
    rng = np.random.default_rng(0)
    x = rng.integers(1, 9, size=(6, 5))
    x[np.arange(5) >= rng.integers(1, 5, size=(6, 1))] = 0
    y = rng.integers(0, 3, size=(6, 5))
    layers = [keras.layers.Embedding(9, 4, mask_zero=True), keras.layers.Dense(3)]
    model = keras.Sequential([keras.Input((5,), dtype="int32"), *layers])
    metrics = [keras.metrics.SparseCategoricalAccuracy(name="accuracy")]
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("sgd", loss, metrics=metrics, run_eagerly=eager)
    if kind == "ours":
        model.train_step = types.MethodType(engines.fit_step(), model)
    right = keras.ops.convert_to_numpy(model(x)).argmax(-1) == y
    history = model.fit(x, y, batch_size=6, verbose=0).history
    np.testing.assert_allclose(history["accuracy"], [right[x > 0].mean()], rtol=1e-6)
