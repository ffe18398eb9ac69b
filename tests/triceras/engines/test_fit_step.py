import types

import keras
import numpy as np
import pytest

from triceras import engines


@pytest.mark.parametrize("jit", [True, False])
@pytest.mark.slow_on("jax", "tensorflow")
def test_the_step_for_fit_trains_as_the_one_of_keras_does(build, kind, data, jit):
    if kind == "adversaries":
        pytest.skip("fit trains one objective")
    x = data.train["image"][:64]
    y = x if kind == "autoencoder" else data.train["label"][:64]
    histories = []
    for custom in (False, True):
        keras.utils.set_random_seed(3)
        model = build()[0]
        model.run_eagerly = not jit
        if custom:
            model.train_step = types.MethodType(engines.fit_step(), model)
        fitted = model.fit(x, y, batch_size=16, epochs=1, shuffle=False, verbose=0)
        histories.append(fitted.history)
    assert histories[0].keys() == histories[1].keys()
    for name, value in histories[0].items():
        np.testing.assert_allclose(value, histories[1][name], rtol=1e-6, err_msg=name)
