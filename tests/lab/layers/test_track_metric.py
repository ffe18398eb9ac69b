import keras
import numpy as np
import pytest
from keras import ops
from keras.src.testing import TestCase

from lab.layers.track_metric import TrackMetric, reset_metrics

X = np.random.default_rng(0).normal(size=(12, 3)).astype("float32")
Y = np.zeros((12, 1), "float32")


class TestTrackMetric(TestCase):
    def test_layer(self):
        self.run_layer_test(
            TrackMetric,
            init_kwargs={"name": "mean"},
            input_data=X,
            expected_output=ops.convert_to_tensor(X),
            expected_num_trainable_weights=0,
            expected_num_non_trainable_variables=0,
            expected_num_losses=0,
            supports_masking=True,
        )


def result(layer):
    (metric,) = layer.metrics
    return float(ops.convert_to_numpy(metric.result()))


def test_it_averages_what_it_is_given_until_it_is_reset():
    layer = TrackMetric("mean")
    for value in (1.0, 2.0, 6.0):
        layer(ops.full((2, 2), value))
    assert result(layer) == 3.0
    reset_metrics(layer)
    layer(ops.convert_to_tensor(7.0))
    assert result(layer) == 7.0
    reset_metrics(layer)
    layer(ops.full((2, 2), 5.0))
    assert result(layer) == 5.0


def test_it_averages_another_quantity_than_the_inputs():
    layer = TrackMetric("largest")
    y = layer(X, ops.max(ops.convert_to_tensor(X), axis=1))
    assert result(layer) == pytest.approx(X.max(axis=1).mean(), rel=1e-6)
    np.testing.assert_array_equal(ops.convert_to_numpy(y), X)


def test_what_is_masked_does_not_count():
    x = np.array([[[1.0], [9.0]], [[2.0], [3.0]]], "float32")
    layer = TrackMetric("mean")
    y = layer(keras.layers.Masking(mask_value=9.0)(x))
    assert result(layer) == pytest.approx(2.0)
    np.testing.assert_array_equal(ops.convert_to_numpy(y._keras_mask), [[1, 0], [1, 1]])


def test_half_precision_stays_as_it_is_and_is_averaged_in_single():
    layer = TrackMetric("mean")

    class Mixed(keras.layers.Layer):
        def __init__(self):
            super().__init__(dtype="mixed_float16")
            self.track = layer

        def call(self, inputs):
            return self.track(inputs)

    mixed = Mixed()
    for _ in range(5):
        y = mixed(ops.full((2048, 1), 30.0))
    assert keras.backend.standardize_dtype(y.dtype) == "float16"
    assert result(layer) == 30.0
    assert TrackMetric("a")(keras.KerasTensor((2, 3), "float16")).dtype == "float16"


class Block(keras.layers.Layer):
    """Metrics of two kinds: a layer for it, and one that the layer has itself."""

    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(4, "relu")
        self.silent = TrackMetric("silent")
        self.largest = keras.metrics.Mean("largest")

    def build(self, input_shape):
        self.dense.build(input_shape)

    def call(self, inputs):
        x = self.dense(inputs)
        self.largest.update_state(ops.max(x, axis=-1))
        return self.silent(x, ops.cast(x == 0, "float32"))

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], 4)


class Nested(keras.Model):
    """A block within a layer within a model."""

    def __init__(self):
        super().__init__()
        self.inner = keras.Sequential([Block(), keras.layers.Dense(1)])

    def build(self, input_shape):
        self.inner.build(input_shape)

    def call(self, inputs):
        return self.inner(inputs)


def functional():
    inputs = keras.Input((3,))
    x = Block()(inputs)
    x = TrackMetric("spread")(x, ops.std(x, axis=-1))
    return keras.Model(inputs, keras.layers.Dense(1)(x))


@pytest.fixture(params=[Nested, functional])
def model(request):
    """Does not learn, so that what it counts is known."""
    keras.utils.set_random_seed(1)
    model = request.param()
    if not model.built:
        model.build((None, 3))
    model.compile(keras.optimizers.SGD(0.0), "mse")
    return model


def expected(model, x):
    """What each metric is on these inputs, with NumPy."""
    kernel, bias = (ops.convert_to_numpy(v) for v in model.weights[:2])
    hidden = np.maximum(x @ kernel + bias, 0)
    results = {"silent": np.mean(hidden == 0), "largest": hidden.max(axis=1).mean()}
    if not isinstance(model, Nested):
        results["spread"] = hidden.std(axis=1).mean()
    return results


def check(metrics, wanted):
    assert set(metrics) == {"loss", *wanted}
    for name, value in wanted.items():
        assert float(metrics[name]) == pytest.approx(value, rel=1e-5), name


@pytest.mark.in_turn
@pytest.mark.slow
def test_it_is_right_after_each_step_of_a_compiled_program(model, train_compiled):
    _, metrics = train_compiled(model, X, Y, steps=3, batch_size=4)
    for k in range(3):
        check({name: a[k] for name, a in metrics.items()}, expected(model, X[: 4 * k + 4]))


@pytest.mark.in_turn
@pytest.mark.parametrize("eager", [False, True])
@pytest.mark.slow_on("jax", "tensorflow")
def test_it_is_right_in_fit_and_evaluate(model, eager):
    model.run_eagerly = eager
    seen = []
    show = keras.callbacks.LambdaCallback(on_train_batch_end=lambda _, logs: seen.append(logs))
    fitted = model.fit(
        X, Y, batch_size=4, epochs=2, shuffle=False, verbose=0, callbacks=[show],
        validation_data=(X[:4], Y[:4]),
    )  # fmt: skip
    for k in range(6):
        check(seen[k], expected(model, X[: 4 * (k % 3) + 4]))
    for epoch in range(2):
        logs = {name: values[epoch] for name, values in fitted.history.items()}
        validation = {n[4:]: logs.pop(n) for n in list(logs) if n.startswith("val_")}
        check(logs, expected(model, X))
        check(validation, expected(model, X[:4]))
    check(model.evaluate(X[4:], Y[4:], verbose=0, return_dict=True), expected(model, X[4:]))


def test_it_is_right_in_a_loop_by_hand(model):
    for start in range(0, 12, 4):
        model(X[start : start + 4])
    check({"loss": 0.0, **model.get_metrics_result()}, expected(model, X))
    reset_metrics(model)
    model(X[:4])
    check({"loss": 0.0, **model.get_metrics_result()}, expected(model, X[:4]))


@pytest.mark.slow_on("jax", "tensorflow")
@pytest.mark.in_turn
def test_predict_leaves_it_alone_from_one_epoch_to_the_next(model):
    model.predict(X, verbose=0)
    fitted = model.fit(X, Y, batch_size=4, shuffle=False, verbose=0)
    check({name: a[0] for name, a in fitted.history.items()}, expected(model, X))


def test_a_model_with_one_is_saved(tmp_path):
    model = keras.Sequential([keras.Input((3,)), TrackMetric("mean")])
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    loaded(X)
    assert result(loaded) == pytest.approx(X.mean(), rel=1e-4)
