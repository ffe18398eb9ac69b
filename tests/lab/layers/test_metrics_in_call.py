import keras
import numpy as np
import pytest

from lab.data import digits
from lab.layers.metrics_in_call import allow_metrics_in_call

METHOD = "compute_loss_and_updates"


@pytest.fixture(scope="module")
def batch():
    data = digits.load(
        validation_size=200,
        test_size=300,
        split_seed=0,
        flatten=True,
        scale=True,
        binarize="none",
        limit=96,
    )
    return data.train["image"], data.train["label"]


@pytest.fixture
def without_and_with(monkeypatch):
    """Goes on twice: with Keras as it comes, and as it is afterwards."""

    def states():
        if METHOD in vars(keras.Model):
            monkeypatch.delattr(keras.Model, METHOD)
        yield
        allow_metrics_in_call()
        yield

    return states


def classifier(optimizer):
    """Has moving averages, a random counter, regularisers and a compiled metric."""
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.Input((64,)),
            keras.layers.Dense(16, "relu", kernel_regularizer="l2"),
            keras.layers.BatchNormalization(),
            keras.layers.Dropout(0.5),
            keras.layers.ActivityRegularization(1e-3),
            keras.layers.Dense(10),
        ]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer, loss, metrics=["accuracy"])
    return model


@pytest.mark.in_turn
@pytest.mark.parametrize(("eager", "weighted"), [(False, True), (True, False)])
@pytest.mark.slow_on("jax", "tensorflow")
def test_nothing_else_changes_in_fit(batch, without_and_with, eager, weighted):
    weights = np.linspace(0.5, 1.5, 96, dtype="float32") if weighted else None
    histories = []
    for _ in without_and_with():
        model = classifier(keras.optimizers.SGD(0.1))
        model.run_eagerly = eager
        fitted = model.fit(
            *batch,
            batch_size=24,
            sample_weight=weights,
            validation_split=0.25,
            shuffle=False,
            verbose=0,
        )
        histories.append(fitted.history)
    without, with_it = histories
    assert without.keys() == with_it.keys()
    for name, values in without.items():
        np.testing.assert_allclose(with_it[name], values, rtol=1e-6, err_msg=name)


@pytest.mark.in_turn
@pytest.mark.slow_on("jax", "tensorflow")
def test_a_scaled_loss_gives_the_same_step(batch, without_and_with):
    kernels = []
    for _ in without_and_with():
        scaled = keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.1))
        model = classifier(scaled)
        model.fit(*batch, batch_size=96, verbose=0)
        kernels.append(keras.ops.convert_to_numpy(model.weights[0]))
    np.testing.assert_allclose(*kernels, rtol=1e-5, atol=1e-7)


def test_a_layer_with_a_metric_of_its_own_fits(batch):
    class Peak(keras.layers.Layer):
        def __init__(self):
            super().__init__()
            self.peak = keras.metrics.Mean(name="peak")

        def call(self, inputs):
            self.peak.update_state(keras.ops.max(inputs, axis=-1))
            return inputs

    allow_metrics_in_call()
    model = keras.Sequential([keras.Input((64,)), Peak(), keras.layers.Dense(10)])
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    history = model.fit(*batch, batch_size=24, verbose=0).history
    np.testing.assert_allclose(history["peak"], batch[0].max(axis=1).mean(), rtol=1e-6)


def test_a_method_of_ones_own_stays():
    class Own(keras.Sequential):
        def compute_loss_and_updates(self, *args, **kwargs):
            return "own"

    allow_metrics_in_call()
    assert Own([keras.Input((2,))]).compute_loss_and_updates() == "own"
