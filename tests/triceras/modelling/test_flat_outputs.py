import keras
import numpy as np
import pytest
from keras import ops

from triceras.modelling import flat_outputs

Y = np.array([1, 0, 1, 0, 1], "float32")
OUTPUTS = np.array([0.9, 0.2, 0.4, 0.6, 0.1], "float32")
WEIGHTS = np.array([1, 10, 2, 0, 3], "float32")
LOSSES = [
    *(keras.losses.MeanSquaredError, keras.losses.MeanAbsoluteError, keras.losses.Huber),
    *(keras.losses.MeanAbsolutePercentageError, keras.losses.MeanSquaredLogarithmicError),
    *(keras.losses.LogCosh, keras.losses.Poisson, keras.losses.Hinge, keras.losses.SquaredHinge),
    *(keras.losses.BinaryCrossentropy, keras.losses.BinaryFocalCrossentropy),
]
pytestmark = pytest.mark.in_turn


@pytest.fixture(autouse=True)
def mended():
    flat_outputs.install()
    flat_outputs.install()


@pytest.mark.slow_on("jax")
def test_a_loss_of_flat_outputs_is_one_number_for_each_example():
    for kind in LOSSES:
        found = ops.convert_to_numpy(kind().call(*map(ops.convert_to_tensor, (Y, OUTPUTS))))
        columns = map(ops.convert_to_tensor, (Y[:, None], OUTPUTS[:, None]))
        expected = ops.convert_to_numpy(kind().call(*columns))
        np.testing.assert_array_equal(found, expected, kind.__name__)
        assert found.shape == (5,)


def test_weights_count_where_they_are():
    error = keras.losses.MeanSquaredError()(Y, OUTPUTS, WEIGHTS)
    assert float(error) == pytest.approx(np.mean(WEIGHTS * (Y - OUTPUTS) ** 2))


@pytest.mark.parametrize("weights", [None, WEIGHTS])
def test_a_metric_counts_examples_and_not_batches(weights):
    metric = keras.metrics.MeanAbsoluteError()
    for rows in (slice(4), slice(4, 5)):
        metric.update_state(Y[rows], OUTPUTS[rows], weights if weights is None else weights[rows])
    expected = np.average(abs(Y - OUTPUTS), weights=weights)
    assert float(metric.result()) == pytest.approx(expected)


def test_a_function_of_ones_own_is_given_what_the_data_have():
    shapes = []

    def mean_squared_error(y_true, y_pred):
        shapes.append(tuple(y_pred.shape))
        return ops.mean(ops.square(y_true - y_pred))

    keras.metrics.MeanMetricWrapper(mean_squared_error).update_state(Y, OUTPUTS)
    assert shapes == [(5,)]
