import keras
import numpy as np
import pytest
from keras import ops

from triceras.modelling import counted_places, fractional_counts

METRICS = [
    keras.metrics.Precision,
    keras.metrics.Recall,
    keras.metrics.TruePositives,
    keras.metrics.AUC,
    lambda: keras.metrics.PrecisionAtRecall(0.5),
    lambda: keras.metrics.BinaryIoU([0, 1]),
]


def places(steps, last=True):
    """Labels and chances of four examples of some steps."""
    random = np.random.default_rng(0)
    shape = (4, steps, 1) if last else (4, steps)
    return random.integers(0, 2, shape), random.random((4, steps, 1)).astype("float32")


@pytest.mark.slow_on("jax")
@pytest.mark.in_turn
@pytest.mark.parametrize("last", [True, False])
@pytest.mark.parametrize("steps", [4, 6], ids=["as many steps as examples", "more steps"])
@pytest.mark.parametrize("make", METRICS)
def test_a_weight_is_that_of_all_of_an_example(make, steps, last):
    for mend in (counted_places, fractional_counts, counted_places):
        mend.install()
    labels, chances = places(steps, last)
    # As whole numbers they are so many examples.
    times = np.array([1, 2, 0, 3])
    wanted = make()
    wanted.update_state(np.repeat(labels, times, axis=0), np.repeat(chances, times, axis=0))
    for shape in [(4,), (4, 1), "each step", "each number"]:
        weights = times.astype("float32")
        if shape == "each step":
            weights = np.repeat(weights[:, None], steps, axis=1)
        elif shape == "each number":
            weights = np.repeat(weights[:, None, None], steps, axis=1)
        else:
            weights = weights.reshape(shape)
        found = make()
        found.update_state(labels, chances, sample_weight=weights)
        np.testing.assert_allclose(float(found.result()), float(wanted.result()), rtol=1e-6)


@pytest.mark.in_turn
@pytest.mark.parametrize("sparse", [True, False])
def test_overlaps_of_pictures(sparse):
    counted_places.install()
    fractional_counts.install()
    random = np.random.default_rng(0)
    labels, found = random.integers(0, 3, (2, 4, 5, 5))
    times = np.array([1, 2, 0, 3])
    metric, wanted = (keras.metrics.MeanIoU(3, sparse_y_true=sparse) for _ in range(2))
    given = labels if sparse else np.eye(3, dtype="float32")[labels]
    metric.update_state(given, found, sample_weight=times.astype("float32"))
    wanted.update_state(np.repeat(given, times, axis=0), np.repeat(found, times, axis=0))
    np.testing.assert_allclose(float(metric.result()), float(wanted.result()), rtol=1e-6)


LOGITS = np.random.default_rng(0).normal(size=(2, 3, 3, 4)).astype("float32")


@pytest.mark.in_turn
@pytest.mark.parametrize("shape", [(2, 3, 3), (2, 3, 3, 1)])
def test_outputs_that_are_no_numbers_of_classes_are_refused(shape):
    counted_places.install()
    labels = np.arange(18).reshape(shape) % 4
    metric = keras.metrics.MeanIoU(4, name="iou")
    with pytest.raises(ValueError, match=r"metric iou .* given 4 outputs .*sparse_y_pred: false"):
        metric.update_state(labels, LOGITS)
    metric = keras.metrics.MeanIoU(4, sparse_y_pred=False)
    metric.update_state(labels, LOGITS)
    wanted = keras.metrics.MeanIoU(4)
    wanted.update_state(labels, LOGITS.argmax(-1).reshape(shape))
    assert float(metric.result()) == float(wanted.result())


def test_classes_that_an_overlap_does_not_count_are_told_of(caplog):
    counted_places.install()
    labels = np.arange(18).reshape(2, 3, 3) % 3
    metric = keras.metrics.IoU(3, [0], sparse_y_pred=False, name="iou")
    metric.update_state(labels, LOGITS[..., :3])
    assert not caplog.messages
    metric.update_state(labels, LOGITS)
    metric.update_state(labels, LOGITS)
    (said,) = caplog.messages
    assert said.startswith("the metric iou has num_classes=3, and the model 4 outputs")


@pytest.mark.parametrize("make", METRICS)
def test_a_mask_that_counts_for_nothing_is_told_of(make, caplog):
    counted_places.install()
    labels, chances = places(4)
    outputs = ops.convert_to_tensor(chances)
    keras.src.backend.set_keras_mask(outputs, ops.convert_to_tensor(chances[..., 0] > 0.3))
    metric = make()
    metric.update_state(labels, outputs, sample_weight=np.ones(4))
    assert not caplog.messages
    metric.update_state(labels, outputs)
    metric.update_state(labels, outputs)
    (said,) = caplog.messages
    assert said.startswith(f"the metric {metric.name} takes no notice of the mask of its output")
