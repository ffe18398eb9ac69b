import logging
from types import SimpleNamespace

import keras
import numpy as np
import pytest

from triceras.errors import UserError
from triceras.testing.hooks import build, data, difference, of_keras, of_loop
from triceras.testing.loops import LOOPS, split_of, train

# `python -m triceras.testing.hooks` tries each change in each hook.
OF_VARIABLES = {
    "on_train_begin": "counter",
    "on_epoch_begin": "state",
    "on_train_batch_begin": "rate",
    "on_train_batch_end": "weights",
    "on_test_begin": "moments",
    "on_test_batch_begin": "weights",
    "on_test_batch_end": "state",
    "on_test_end": "weights",
    "on_epoch_end": "metrics",
    "on_train_end": "weights",
}


@pytest.fixture(scope="module")
def of_variables():
    return of_keras(OF_VARIABLES)


@pytest.mark.in_turn
@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.slow
def test_what_callbacks_set_in_any_hook_counts_as_in_fit(loop, of_variables, caplog):
    with caplog.at_level(logging.WARNING, "triceras"):
        assert difference(of_loop(OF_VARIABLES, loop), of_variables) < 1e-5
    assert not [r for r in caplog.records if "holds as a constant" in r.getMessage()]


UNFREEZING = {
    "on_epoch_begin": "unfreeze",
    "on_test_begin": "constant",
    "on_epoch_end": "stop",
    "on_batch_end": "weights",
}


@pytest.fixture(scope="module")
def of_unfreezing():
    return of_keras(UNFREEZING)


@pytest.mark.in_turn
@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.slow
def test_a_layer_that_a_callback_unfreezes_is_trained_and_a_stop_is_heard(loop, of_unfreezing):
    assert difference(of_loop(UNFREEZING, loop), of_unfreezing) < 1e-5


class Holding(keras.callbacks.Callback):
    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def on_train_batch_begin(self, batch, logs=None):
        self.layer.trainable = batch > 0


@pytest.mark.in_turn
@pytest.mark.slow
def test_a_callback_that_does_not_ask_for_the_model_is_followed_too():
    found = []
    for loop in ("fit", "custom"):
        model = build(frozen=True)
        losses, _ = train(model, *data(), loop, callbacks=[Holding(model.layers[0])])
        found.append(losses)
    np.testing.assert_allclose(*found, rtol=1e-5)


@pytest.mark.in_turn
@pytest.mark.slow
def test_a_layer_that_a_callback_freezes_is_not_trained_any_longer():
    changes = {"on_batch_begin": "freeze"}
    assert difference(of_loop(changes, "custom"), of_keras(changes)) < 1e-5


class Freezing(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.kernels = []

    def on_epoch_begin(self, epoch, logs=None):
        self.model.layers[0].trainable = epoch < 1

    def on_epoch_end(self, epoch, logs=None):
        self.kernels.append(np.array(keras.ops.convert_to_numpy(self.model.layers[0].kernel)))


@pytest.mark.in_turn
@pytest.mark.slow
def test_averages_do_not_take_the_place_of_what_is_frozen():
    model, freezing = build(), Freezing()
    optimizer = keras.optimizers.SGD(0.5, use_ema=True, ema_momentum=0.9, ema_overwrite_frequency=2)
    model.compile(optimizer, model.loss)
    train(model, *data(), "custom", epochs=3, callbacks=[freezing])
    first, *others = freezing.kernels
    assert len(others) == 2
    for kernel in others:
        np.testing.assert_array_equal(kernel, first)


@pytest.mark.in_turn
@pytest.mark.slow
def test_a_function_in_the_place_of_a_callback_is_followed_too():
    model = build()
    frozen = []

    def freeze(epoch, logs):
        model.layers[0].trainable = False
        frozen.append(keras.ops.convert_to_numpy(model.layers[0].kernel))

    callback = keras.callbacks.LambdaCallback(on_epoch_end=freeze)
    train(model, *data(), "custom", epochs=2, callbacks=[callback])
    np.testing.assert_array_equal(*frozen)


@pytest.mark.slow_on("jax", "tensorflow")
@pytest.mark.parametrize("loop", LOOPS)
def test_what_cannot_be_followed_is_refused(loop):
    with pytest.raises(UserError, match="compiled the model anew in on_train_begin"):
        of_loop({"on_train_begin": "compile"}, loop)
    if loop != "custom":
        with pytest.raises(UserError, match=r"a callback froze a layer, .* use loop=custom"):
            of_loop({"on_train_begin": "freeze"}, loop)


class StopAtOnce(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        self.model.stop_training = True


@pytest.mark.in_turn
@pytest.mark.slow
def test_what_is_stopped_before_its_first_step_takes_one():
    losses, history = train(build(), *data(), "custom", callbacks=[StopAtOnce()])
    assert len(losses) == len(history.history["loss"]) == 1


class Chunks(keras.callbacks.Callback):
    sees_chunks = True

    def __init__(self):
        super().__init__()
        self.seen = []

    def on_train_batch_end(self, batch, logs=None):
        self.seen.append(batch)
        self.model.layers[0].factor = 0.5


@pytest.mark.in_turn
@pytest.mark.slow
def test_a_callback_that_sees_chunks_does_not_cut_them_and_a_constant_is_told_once(caplog):
    chunks = Chunks()
    with caplog.at_level(logging.WARNING, "triceras"):
        train(build(), *data(), "custom", epochs=2, callbacks=[chunks])
    assert chunks.seen == [2, 2]
    (message,) = (record.getMessage() for record in caplog.records)
    assert message.startswith("a callback changed layer")
    assert "factor, which a compiled step holds as a constant" in message


class Growing(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        self.model.layers[0].options.words = ["word"] * 2000


@pytest.mark.slow
@pytest.mark.in_turn
def test_what_has_become_too_long_to_be_kept_is_told_once(caplog):
    model = build()
    model.layers[0].options = SimpleNamespace(words=[])
    train(model, *data(), "custom", epochs=2, callbacks=[Growing()])
    (message,) = (r.getMessage() for r in caplog.records if r.name.startswith("triceras."))
    assert "options.words, which no checkpoint keeps" in message


class Weighted(keras.losses.Loss):
    """A loss that a variable weighs of which no layer knows."""

    def __init__(self, beta):
        super().__init__()
        self.beta = beta

    def call(self, y_true, y_pred):
        weight = keras.ops.mean(self.beta)
        return keras.ops.mean(keras.ops.square(y_true - y_pred), -1) * weight


class Rate(keras.optimizers.schedules.LearningRateSchedule):
    """A learning rate that is such a variable."""

    def __init__(self, beta):
        self.beta = beta

    def __call__(self, step):
        return self.beta

    def get_config(self):
        return {"beta": float(self.beta)}


class Doubling(keras.callbacks.Callback):
    def __init__(self, beta):
        super().__init__()
        self.beta = beta

    def on_epoch_begin(self, epoch, logs=None):
        self.beta.assign(np.full(self.beta.shape, 0.1 * 2**epoch))


@pytest.mark.in_turn
@pytest.mark.parametrize("loop", ["custom", "fit"])
@pytest.mark.parametrize("place", ["loss", "rate", "network"])
@pytest.mark.slow
def test_a_variable_outside_the_layers_that_a_callback_assigns_is_followed(loop, place):
    # As large as the weights of a network beside the model.
    shape = (100, 100) if place == "network" else ()
    beta = keras.Variable(np.full(shape, 0.1, "float32"), trainable=False)
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])
    model.layers[0].kernel.assign([[0.0]])
    rate, loss = (Rate(beta), "mse") if place == "rate" else (0.1, Weighted(beta))
    model.compile(keras.optimizers.SGD(rate), loss)
    x = np.ones((8, 1), "float32")
    losses, _ = train(model, x, x, loop, epochs=3, callbacks=[Doubling(beta)])
    weight, expected = 0.0, []
    for of_loss in (0.1, 0.2, 0.4):
        scale, step = (1.0, of_loss) if place == "rate" else (of_loss, 0.1)
        expected.append(scale * (weight - 1) ** 2)
        weight -= step * scale * 2 * (weight - 1)
    np.testing.assert_allclose(losses, expected, rtol=1e-5)


class Reading(keras.callbacks.Callback):
    """Reads the metrics of the model where a test ends, as confusion counts would be."""

    def __init__(self):
        super().__init__()
        self.read = []

    def on_test_end(self, logs=None):
        found = self.model.get_metrics_result()
        self.read.append((float(found["loss"]), float(logs["loss"])))


@pytest.mark.in_turn
@pytest.mark.slow
@pytest.mark.parametrize("loop", LOOPS)
def test_metrics_are_of_the_test_where_it_ends_and_of_training_afterwards(loop):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    x = np.ones((16, 2), "float32")
    reading = Reading()
    validation = split_of(x, np.full((16, 1), 90.0, "float32"))
    run = {"epochs": 2, "validation": validation, "callbacks": [reading]}
    _, history = train(model, x, np.ones((16, 1), "float32"), loop, **run)
    assert len(reading.read) == 2
    for seen, logged in reading.read:
        assert seen == pytest.approx(logged, rel=1e-6)
        assert logged > 1000
    assert max(history.history["loss"]) < 100


class Slow(keras.callbacks.Callback):
    """Moves a slow copy towards a layer after each step, as of a target network."""

    def on_train_batch_end(self, batch, logs=None):
        fast, slow = self.model.layers[0].kernel, self.model.layers[1].kernel
        slow.assign(0.5 * slow + 0.5 * fast)


@pytest.mark.in_turn
@pytest.mark.slow
@pytest.mark.parametrize("loop", ["custom", "fit"])
def test_what_is_changed_after_the_last_step_of_an_epoch_is_validated_and_stays(loop):
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Dense(3, use_bias=False) for _ in range(2)]
    model = keras.Sequential([keras.Input((3,)), *layers])
    model.layers[1].trainable = False
    model.compile(keras.optimizers.SGD(0.1), "mse")
    x = np.random.default_rng(0).normal(size=(16, 3)).astype("float32")
    y = np.random.default_rng(1).normal(size=(16, 3)).astype("float32")
    kernels = [keras.ops.convert_to_numpy(layer.kernel) for layer in layers]
    expected = []
    for _ in range(3):
        error = x @ kernels[0] @ kernels[1] - y
        kernels[0] = kernels[0] - 0.1 * x.T @ (error @ kernels[1].T) * 2 / error.size
        kernels[1] = 0.5 * kernels[1] + 0.5 * kernels[0]
        expected.append(np.mean((x @ kernels[0] @ kernels[1] - y) ** 2))
    options = {"epochs": 3, "validation": split_of(x, y), "callbacks": [Slow()]}
    _, history = train(model, x, y, loop, batch_size=16, **options)
    np.testing.assert_allclose(history.history["val_loss"], expected, rtol=1e-5)
