import keras
import numpy as np
import pytest
from keras import ops

from triceras.modelling import example_weights

Crossentropy = keras.losses.SparseCategoricalCrossentropy


@pytest.mark.in_turn
@pytest.mark.parametrize("steps", [4, 6], ids=["as many steps as examples", "more steps"])
@pytest.mark.parametrize("shape", [(4,), (4, 1), "each step"])
def test_a_weight_is_that_of_all_of_an_example(steps, shape):
    example_weights.install()
    random = np.random.default_rng(0)
    logits = random.normal(size=(4, steps, 3)).astype("float32")
    labels = random.integers(0, 3, size=(4, steps))
    weights = random.random((4, steps) if shape == "each step" else shape).astype("float32")
    each = ops.convert_to_numpy(Crossentropy(from_logits=True, reduction="none")(labels, logits))
    wanted = (each * (weights if shape == "each step" else weights.reshape(4, 1))).mean()
    found = Crossentropy(from_logits=True)(labels, logits, sample_weight=weights)
    np.testing.assert_allclose(ops.convert_to_numpy(found), wanted, rtol=1e-6)


@pytest.mark.parametrize("shape", [(4,), (4, 1), (4, 5)])
def test_a_loss_may_be_divided_by_the_weights(shape):
    example_weights.install()
    weights = np.random.default_rng(0).random((4, 1)).astype("float32")
    given = np.broadcast_to(weights, (4, 5)) if shape == (4, 5) else weights.reshape(shape)
    errors = np.arange(40, dtype="float32").reshape(4, 5, 2)
    loss = keras.losses.MeanAbsoluteError(reduction="mean_with_sample_weight")
    found = ops.convert_to_numpy(loss(np.zeros((4, 5, 2)), errors, sample_weight=given))
    wanted = (errors.mean(-1) * weights).sum() / (5 * weights.sum())
    np.testing.assert_allclose(found, wanted, rtol=1e-6)


def masked():
    """Errors of three examples of four steps, the same as outputs with a mask, and the mask."""
    errors = np.arange(12, dtype="float32").reshape(3, 4, 1)
    outputs = ops.convert_to_tensor(errors)
    mask = np.array([[1, 1, 0, 0], [1, 1, 1, 1], [1, 0, 0, 0]], "bool")
    keras.src.backend.set_keras_mask(outputs, ops.convert_to_tensor(mask))
    return errors, outputs, mask


def test_with_a_mask():
    example_weights.install()
    errors, outputs, mask = masked()
    weights = np.array([1.0, 2.0, 3.0], "float32")
    found = keras.losses.MeanAbsoluteError()(np.zeros((3, 4, 1)), outputs, sample_weight=weights)
    wanted = (errors[..., 0] * mask * weights[:, None]).sum() / mask.sum()
    np.testing.assert_allclose(ops.convert_to_numpy(found), wanted, rtol=1e-6)


@pytest.mark.parametrize("steps", [4, 6], ids=["as many steps as examples", "more steps"])
def test_weighted_metrics_with_a_mask(steps):
    example_weights.install()
    errors = np.arange(4.0 * steps, dtype="float32").reshape(4, steps, 1)
    mask = np.arange(steps) < np.array([[1], [2], [3], [4]])
    weights = np.array([1.0, 2.0, 3.0, 4.0], "float32")
    outputs = ops.convert_to_tensor(errors)
    keras.src.backend.set_keras_mask(outputs, ops.convert_to_tensor(mask))
    metric = keras.metrics.MeanAbsoluteError()
    metric.update_state(np.zeros_like(errors), outputs, sample_weight=weights)
    each = mask * weights[:, None]
    wanted = (errors[..., 0] * each).mean(1).sum() / each.mean(1).sum()
    np.testing.assert_allclose(float(metric.result()), wanted, rtol=1e-6)
    np.testing.assert_array_equal(weights, [1.0, 2.0, 3.0, 4.0])


@pytest.mark.in_turn
@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "mean_with_sample_weight"])
def test_a_mask_of_losses_with_more_axes(reduction):
    example_weights.install()
    errors = np.arange(64, dtype="float32").reshape(4, 4, 4, 1)
    mask = np.arange(4) < np.array([[1], [2], [3], [4]])
    outputs = ops.convert_to_tensor(errors)
    keras.src.backend.set_keras_mask(outputs, ops.convert_to_tensor(mask))
    found = keras.losses.MeanAbsoluteError(reduction=reduction)(np.zeros_like(errors), outputs)
    np.testing.assert_allclose(ops.convert_to_numpy(found), errors[mask].mean(), rtol=1e-6)


def test_weighted_metrics_with_a_mask_and_a_column_of_weights():
    example_weights.install()
    errors, outputs, mask = masked()
    weights = np.array([[1.0], [2.0], [3.0]], "float32")
    metric = keras.metrics.MeanAbsoluteError()
    metric.update_state(np.zeros((3, 4, 1)), outputs, sample_weight=weights)
    wanted = (errors[..., 0] * mask * weights).sum() / (mask * weights).sum()
    np.testing.assert_allclose(ops.convert_to_numpy(metric.result()), wanted, rtol=1e-6)
