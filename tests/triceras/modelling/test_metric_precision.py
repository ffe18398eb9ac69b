import keras
import numpy as np
import pytest
from keras import ops
from keras.src.backend.common.masking import set_keras_mask

from triceras.modelling import metric_precision
from triceras.testing.loops import LOOPS, run_loop, split_of

HALF = pytest.mark.parametrize("dtype", ["bfloat16", "float16"])


@pytest.fixture(autouse=True)
def mended():
    metric_precision.install()
    metric_precision.install()


@HALF
def test_a_class_is_not_taken_for_the_one_beside(dtype):
    labels = np.arange(4000, 4008)
    outputs = ops.one_hot(ops.convert_to_tensor(labels + 1), 4010, dtype=dtype)
    for given in (labels, labels[:, None]):
        metric = keras.metrics.SparseCategoricalAccuracy()
        metric.update_state(given, outputs)
        assert float(metric.result()) == 0


@HALF
@pytest.mark.parametrize(
    ("metric", "wanted"),
    [
        (lambda: keras.metrics.MeanAbsoluteError(), 0.75),
        (lambda: keras.metrics.MeanSquaredError(), 0.625),
    ],
)
def test_errors_are_from_the_targets_themselves(dtype, metric, wanted):
    found = metric()
    targets = np.array([[2047.5], [2049.0]], "float32")
    found.update_state(targets, ops.convert_to_tensor([[2048.0], [2048.0]], dtype=dtype))
    np.testing.assert_allclose(float(found.result()), wanted, rtol=1e-6)


@HALF
def test_a_mask_counts(dtype):
    outputs = ops.convert_to_tensor([[1.0], [5.0]], dtype=dtype)
    set_keras_mask(outputs, ops.convert_to_tensor([True, False]))
    found = keras.metrics.MeanAbsoluteError()
    found.update_state(np.array([[0.0], [0.0]], "float32"), outputs)
    assert float(found.result()) == 1


def test_a_type_that_is_given_stays():
    found = keras.metrics.MeanAbsoluteError(dtype="bfloat16")
    found.update_state(np.array([2047.5]), ops.convert_to_tensor([2048.0], dtype="bfloat16"))
    assert float(found.result()) == 0


@pytest.mark.in_turn
@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.slow
def test_a_metric_is_the_loss(loop):
    random = np.random.default_rng(0)
    x = random.normal(size=(16, 3)).astype("float32")
    y = (2000 + random.normal(size=(16, 1))).astype("float32")
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        keras.utils.set_random_seed(0)
        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    finally:
        keras.config.set_dtype_policy("float32")
    model.compile(keras.optimizers.SGD(0.1), "mae", metrics=["mae"])
    history = run_loop(model, x, y, loop, validation=split_of(x, y)).history.history
    for prefix in ("", "val_"):
        np.testing.assert_allclose(history[f"{prefix}mae"], history[f"{prefix}loss"], rtol=1e-6)
