import keras
import numpy as np
import pytest

from triceras.modelling import explained_variance


def updated(metric, targets, outputs, weights):
    """A metric that has seen batches, the last of which is smaller."""
    for begin in range(0, len(targets), 32):
        part = slice(begin, begin + 32)
        metric.update_state(targets[part], outputs[part], sample_weight=weights[part])
    return metric


@pytest.mark.slow_on("tensorflow")
@pytest.mark.in_turn
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("far", [0.0, 2000.0])
def test_targets_may_be_far_from_0(far, weighted):
    explained_variance.install()
    explained_variance.install()
    random = np.random.default_rng(0)
    outputs = (far + 10 * random.normal(size=(500, 2))).astype("float32")
    targets = (outputs + 5 * random.normal(size=(500, 2))).astype("float32")
    weights = random.random(500).astype("float32") if weighted else np.ones(500, "float32")
    each = weights.astype("float64")[:, None]
    errors = (each * (targets.astype("float64") - outputs) ** 2).sum(0)
    mean = (each * targets).sum(0) / each.sum()
    wanted = 1 - errors / (each * (targets - mean) ** 2).sum(0)
    metric = updated(keras.metrics.R2Score(), targets, outputs, weights)
    np.testing.assert_allclose(float(metric.result()), wanted.mean(), rtol=2e-5)
    # Other data have another mean.
    metric.reset_state()
    updated(metric, targets - far, outputs - far, weights)
    np.testing.assert_allclose(float(metric.result()), wanted.mean(), rtol=2e-5)


def test_flat_targets():
    explained_variance.install()
    metric = keras.metrics.R2Score()
    metric.update_state(np.array([1.0, 4.0, 3.0]), np.array([[2.0], [4.0], [4.0]]))
    np.testing.assert_allclose(float(metric.result()), 4 / 7, rtol=1e-6)


@pytest.mark.parametrize("column", [False, True])
def test_targets_that_do_not_count_are_no_origin(column):
    explained_variance.install()
    random = np.random.default_rng(0)
    targets = random.random((200, 1)).astype("float32")
    outputs = targets + 0.1 * random.normal(size=(200, 1)).astype("float32")
    weights = np.repeat([1.0, 0.0], 100).astype("float32")
    wanted = 1 - ((targets - outputs)[:100] ** 2).sum() / (100 * targets[:100].var())
    targets[100:] = -9999.0
    metric = keras.metrics.R2Score()
    metric.update_state(targets, outputs, weights[:, None] if column else weights)
    np.testing.assert_allclose(float(metric.result()), wanted, rtol=2e-5)


@pytest.mark.in_turn
def test_examples_of_several_outputs_count_once():
    explained_variance.install()
    random = np.random.default_rng(0)
    outputs = random.normal(size=(40, 3))
    targets = outputs + random.normal(size=(40, 3))
    plain, adjusted = (keras.metrics.R2Score(num_regressors=count) for count in (0, 4))
    for metric in (plain, adjusted):
        updated(metric, targets, outputs, np.ones(40))
    wanted = 1 - (1 - float(plain.result())) * (40 - 1) / (40 - 4 - 1)
    np.testing.assert_allclose(float(adjusted.result()), wanted, rtol=1e-5)
