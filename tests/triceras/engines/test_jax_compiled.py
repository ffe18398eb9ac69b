"""`triceras.engines.compiled`, on each backend."""

import keras
import numpy as np

from triceras.engines import compiled

X = np.random.default_rng(0).normal(size=(6, 4)).astype("float32")


def build():
    return keras.Sequential([keras.Input((4,)), keras.layers.Dense(3), keras.layers.Dense(2)])


def test_it_gives_what_the_function_gives():
    model = build()
    numbers = compiled(lambda x, scale: (model(x) * scale, scale), model)(X, 2.0)
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(numbers[0]),
        2 * keras.ops.convert_to_numpy(model(X)),
        rtol=1e-6,
    )


def test_it_follows_the_weights():
    model = build()
    run = compiled(model, model)
    run(X)
    for variable in model.variables:
        variable.assign(np.zeros(variable.shape))
    assert not np.any(keras.ops.convert_to_numpy(run(X)))


def test_what_has_no_variables():
    assert float(compiled(lambda x: x + 1, object())(keras.ops.zeros(()))) == 1
