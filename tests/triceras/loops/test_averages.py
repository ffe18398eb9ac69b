import keras
import numpy as np
import pytest

from triceras.errors import UserError
from triceras.loops.averages import averaged_at_the_end, averages_in
from triceras.testing.loops import split_of, train


@pytest.fixture
def model():
    # From 0 on, as weights that chance puts near the solution hardly move.
    layer = keras.layers.Dense(2, kernel_initializer="zeros")
    model = keras.Sequential([keras.Input((3,)), layer])
    model.compile(keras.optimizers.SGD(0.1, use_ema=True, ema_momentum=0.5), "mse")
    return model


def kernel(model):
    return np.array(keras.ops.convert_to_numpy(model.layers[0].kernel))


def step(model):
    model.fit(np.ones((4, 3)), np.ones((4, 2)), batch_size=4, verbose=0)


@pytest.mark.slow_on("tensorflow")
def test_averages_come_once_and_after_all_steps(model):
    begun = kernel(model)
    with averaged_at_the_end(model):
        step(model)
        one = kernel(model)
        step(model)
        two = kernel(model)
    # Keras's average begins with 0 and its first step counts in full.
    average = 0.5 * one + 0.5 * two
    assert np.abs(one - begun).max() > 0.01
    assert np.abs(two - average).max() > 0.01
    np.testing.assert_allclose(kernel(model), average, rtol=1e-5)


def test_after_an_exception_the_weights_are_the_last_ones(model):
    def train():
        with averaged_at_the_end(model):
            step(model)
            weights.append(kernel(model))
            raise RuntimeError

    weights = []
    with pytest.raises(RuntimeError):
        train()
    np.testing.assert_array_equal(kernel(model), weights[0])
    # From then on `fit` does again what it does by itself.
    assert "finalize_variable_values" not in vars(model.optimizer)


def swapping(model, **options):
    callback = keras.callbacks.SwapEMAWeights(**options)
    callback.set_model(model)
    return callback


def test_who_swaps_without_averages_is_told_so(model):
    model.compile("sgd", "mse")
    callback = swapping(model)
    with (
        pytest.raises(UserError, match="the optimizer has none: set use_ema=true"),
        averaged_at_the_end(model, [callback]),
    ):
        pass


def test_the_best_model_has_the_averages_that_were_validated(model):
    with averaged_at_the_end(model, [swapping(model)]):
        step(model)
        step(model)
        weights = kernel(model)
        with averages_in(model, []):
            np.testing.assert_array_equal(kernel(model), weights)
        with averages_in(model, [swapping(model)]):
            averages = kernel(model)
        np.testing.assert_array_equal(kernel(model), weights)
    assert np.abs(averages - weights).max() > 0.01
    np.testing.assert_array_equal(kernel(model), averages)


@pytest.mark.in_turn
@pytest.mark.parametrize("on_epoch", [True, False])
@pytest.mark.parametrize("loop", ["custom", "fit"])
@pytest.mark.slow
def test_what_swaps_is_validated_as_in_fit_of_keras(loop, on_epoch, monkeypatch):
    monkeypatch.setattr("triceras.data.order.permutation", lambda seed, epoch, n: np.arange(n))
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(24, 3)).astype("float32"), rng.normal(size=(24, 2)).astype("float32")

    def build():
        keras.utils.set_random_seed(0)
        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
        optimizer = keras.optimizers.SGD(0.2, use_ema=True, ema_momentum=0.8)
        model.compile(optimizer, "mse")
        return model, keras.callbacks.SwapEMAWeights(swap_on_epoch=on_epoch)

    theirs, swap = build()
    wanted = theirs.fit(
        x,
        y,
        batch_size=8,
        epochs=2,
        shuffle=False,
        validation_data=(x, y),
        callbacks=[swap],
        verbose=0,
    ).history
    ours, swap = build()
    _, history = train(ours, x, y, loop, epochs=2, validation=split_of(x, y), callbacks=[swap])
    np.testing.assert_allclose(history.history["loss"], wanted["loss"], rtol=1e-5)
    np.testing.assert_allclose(history.history["val_loss"], wanted["val_loss"], rtol=1e-5)
    np.testing.assert_allclose(kernel(ours), kernel(theirs), rtol=1e-4, atol=1e-6)
