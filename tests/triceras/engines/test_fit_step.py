import types

import keras
import numpy as np
import pytest
from keras import ops

from triceras import engines
from triceras.engines.constants import each_constant
from triceras.engines.own_steps import READS_OTHERS
from triceras.loops.fit import FitLoop
from triceras.testing.loops import LOOPS, run_loop, split_of, train


@pytest.mark.in_turn
@pytest.mark.parametrize("jit", [True, False])
@pytest.mark.slow
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


class Sometimes(keras.layers.Layer):
    """Uses one weight in every other step, and another one in none."""

    def build(self, input_shape):
        self.kernel = self.add_weight((input_shape[-1], 1), "ones", name="kernel")
        self.other = self.add_weight((1,), "ones", name="other")
        self.unused = self.add_weight((1,), "ones", name="unused")
        self.step = self.add_weight((), "zeros", trainable=False, name="step")

    def call(self, inputs):
        outputs = ops.matmul(inputs, self.kernel)
        self.step.assign_add(1.0)
        return ops.cond(self.step % 2 > 0, lambda: outputs + self.other, lambda: outputs)


@pytest.mark.slow
@pytest.mark.in_turn
@pytest.mark.parametrize("loop", LOOPS)
def test_what_a_step_does_not_use_goes_on_by_its_momentum(loop, backend, monkeypatch):
    monkeypatch.setattr(
        "triceras.data.order.permutation", lambda seed, epoch, size: np.arange(size)
    )
    model = keras.Sequential([keras.Input((1,), batch_size=8), Sometimes()])
    model.compile(keras.optimizers.SGD(0.1, momentum=0.5, weight_decay=0.1), "mse")
    x = np.ones((32, 1), "float32")
    losses, _ = train(model, x, np.zeros((32, 1), "float32"), loop)
    kernel, other, unused, moments, wanted = 1.0, 1.0, 1.0, [0.0, 0.0], []
    for step in range(4):
        error = kernel + (other if step % 2 == 0 else 0.0)
        wanted.append(error**2)
        kernel, other, unused = (0.99 * weight for weight in (kernel, other, unused))
        gradients = 2 * error, 2 * error if step % 2 == 0 else 0.0
        moments = [0.5 * m - 0.1 * g for m, g in zip(moments, gradients, strict=True)]
        kernel, other = kernel + moments[0], other + moments[1]
    np.testing.assert_allclose(losses, wanted, rtol=1e-4)
    layer = model.layers[-1]
    found = [float(ops.convert_to_numpy(v)[0]) for v in (layer.other, layer.unused)]
    np.testing.assert_allclose(found, [other, unused], rtol=1e-4)


def test_a_loss_that_no_weight_has_a_part_in_is_told_of(backend):
    if backend == "jax":
        pytest.skip("JAX has zeros for all")
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", lambda y_true, y_pred: ops.mean(y_true))
    x = np.ones((8, 1), "float32")
    with pytest.raises((ValueError, RuntimeError), match=r"No gradients|does not require grad"):
        train(model, x, x, "fit")


@pytest.mark.parametrize("loop", ["fit", "fit_custom_step"])
def test_a_model_without_weights_is_fitted_on_pytorch_as_by_keras(loop, backend):
    if backend != "torch":
        pytest.skip("it is Keras's own step")
    model = keras.Sequential([keras.Input((1,)), keras.layers.Rescaling(2.0)])
    model.compile("sgd", "mse")
    x = np.ones((8, 1), "float32")
    losses, _ = train(model, x, x, loop)
    np.testing.assert_allclose(losses, [1.0])


@pytest.mark.slow
@pytest.mark.in_turn
@pytest.mark.parametrize("compile", [True, False])
@pytest.mark.parametrize("loop", LOOPS)
def test_a_metric_reads_weights_and_steps_as_they_are_for_the_outputs(loop, compile):
    rng = np.random.default_rng(0)
    x, y = (rng.normal(size=(16, columns)).astype("float32") for columns in (3, 1))
    dense = keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")
    model = keras.Sequential([keras.Input((3,)), dense])
    optimizer = keras.optimizers.SGD(0.1)

    def state(targets, outputs):
        steps = ops.cast(optimizer.iterations, "float32")
        return ops.sum(dense.kernel) + steps + ops.zeros_like(outputs[:, 0])

    model.compile(optimizer, "mse", metrics=[state])
    history = run_loop(
        model, x, y, loop, 16, epochs=3, validation=split_of(x, y), compile=compile
    ).history.history
    kernel, before, after = np.ones((3, 1)), [], []
    for step in range(3):
        before.append(kernel.sum() + step)
        kernel = kernel - 0.1 * 2 * x.T @ (x @ kernel - y) / 16
        after.append(kernel.sum() + step + 1)
    np.testing.assert_allclose(history["state"], before, rtol=1e-5)
    np.testing.assert_allclose(history["val_state"], after, rtol=1e-5)
    # That it reads them is nothing that a callback has set.
    assert READS_OTHERS not in [constant.attribute for constant in each_constant(model)]


class Lowering(keras.callbacks.Callback):
    """Lowers the rate while the second epoch is validated."""

    def on_test_end(self, logs=None):
        if self.epoch == 1:
            self.model.optimizer.learning_rate = 0.5

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch


@pytest.mark.slow_on("tensorflow")
def test_an_evaluation_of_fit_is_compiled_anew_where_what_it_read_has_changed(monkeypatch):
    again, compile_tests = [], FitLoop.compile_tests
    monkeypatch.setattr(
        FitLoop, "compile_tests", lambda loop: again.append(1) or compile_tests(loop)
    )
    x = np.ones((8, 1), "float32")
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    optimizer = keras.optimizers.SGD(1.0)

    def rate(targets, outputs):
        return optimizer.learning_rate + ops.zeros_like(outputs[:, 0])

    model.compile(optimizer, "mse", metrics=[rate])
    options = {"validation": split_of(x, x), "callbacks": [Lowering()], "epochs": 4}
    history = run_loop(model, x, x, "fit", **options).history.history
    assert history["val_rate"] == [1.0, 1.0, 0.5, 0.5]
    assert len(again) <= 1


class Noting(keras.layers.Layer):
    """Notes the mean of what it was given last."""

    def build(self, input_shape):
        self.mean = self.add_weight(shape=(), initializer="zeros", trainable=False)

    def call(self, inputs):
        self.mean.assign(ops.mean(inputs))
        return inputs


@pytest.mark.slow
@pytest.mark.in_turn
@pytest.mark.parametrize("loop", LOOPS)
def test_a_metric_reads_what_a_layer_has_assigned_in_the_same_batch(loop):
    x = np.arange(24.0, dtype="float32")[:, None]
    noting = Noting()
    model = keras.Sequential([keras.Input((1,)), noting, keras.layers.Dense(1)])

    def mean(targets, outputs):
        return ops.convert_to_tensor(noting.mean) + ops.zeros_like(outputs[:, 0])

    model.compile("sgd", "mse", metrics=[mean])
    history = run_loop(model, x, x, loop, validation=split_of(x, x)).history.history
    assert history["mean"] == history["val_mean"] == [pytest.approx(11.5)]


def weight():
    return keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")


class Annealed(keras.Sequential):
    """Whose loss grows with the steps."""

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        return ops.mean(y_pred) * ops.cast(self.optimizer.iterations, "float32")


@pytest.mark.slow
@pytest.mark.in_turn
@pytest.mark.parametrize("loop", LOOPS)
def test_a_loss_reads_what_the_optimizer_has(loop):
    model, x = Annealed([keras.Input((1,)), weight()]), np.ones((24, 1), "float32")
    model.compile(keras.optimizers.SGD(0.1))
    done = run_loop(model, x, x, loop, epochs=2, validation=split_of(x, x))
    np.testing.assert_allclose(done.losses, [0, 1, 2 * 0.9, 3 * 0.7, 4 * 0.4, 0], atol=1e-6)
    np.testing.assert_allclose(done.history.history["val_loss"], [3 * 0.7, 6 * -0.5], rtol=1e-5)


@pytest.mark.slow_on("tensorflow")
@pytest.mark.in_turn
@pytest.mark.parametrize("loop", LOOPS)
def test_a_loss_reads_the_variable_that_a_rate_is(loop):
    rate, x = keras.Variable(np.ones((), "float32"), trainable=False), np.ones((24, 1), "float32")
    model = keras.Sequential([keras.Input((1,)), weight()])
    model.compile(keras.optimizers.SGD(lambda: rate), lambda y, outputs: rate * outputs[:, 0])
    np.testing.assert_allclose(run_loop(model, x, x, loop).losses, [1, 0, -1])
