import keras
import numpy as np
import pytest

from triceras.modelling import fractional_counts, mends

LABELS, FOUND = np.array([0, 0, 1, 1, 1]), np.array([0, 1, 1, 1, 0])
WEIGHTS = np.array([0.9, 0.3, 1.9, 0.5, 0.2], "float32")
# Of both classes, what both say by what either says.
WANTED = (0.9 / (0.9 + 0.3 + 0.2) + 2.4 / (2.4 + 0.3 + 0.2)) / 2


@pytest.mark.slow_on("jax")
@pytest.mark.in_turn
@pytest.mark.parametrize("column", [False, True])
@pytest.mark.parametrize(
    "metric",
    [
        lambda: keras.metrics.MeanIoU(2),
        lambda: keras.metrics.IoU(2, [0, 1]),
        lambda: keras.metrics.BinaryIoU([0, 1]),
    ],
)
def test_weights_count_as_they_are(metric, column):
    fractional_counts.install()
    fractional_counts.install()
    found = metric()
    for part in (slice(3), slice(3, 5)):
        weights = WEIGHTS[part, None] if column else WEIGHTS[part]
        found.update_state(LABELS[part], FOUND[part], sample_weight=weights)
    np.testing.assert_allclose(float(found.result()), WANTED, rtol=1e-6)


def test_a_type_that_is_given_stays():
    fractional_counts.install()
    assert keras.metrics.MeanIoU(2, dtype="int32").dtype == "int32"
    again = keras.metrics.MeanIoU.from_config(keras.metrics.MeanIoU(2).get_config())
    again.update_state(LABELS, FOUND)
    np.testing.assert_allclose(float(again.result()), (1 / 3 + 2 / 4) / 2, rtol=1e-6)


def test_the_pixels_of_a_large_batch_are_counted_by_blocks(monkeypatch):
    fractional_counts.install()
    monkeypatch.setattr(fractional_counts, "BLOCK", 2)
    found = keras.metrics.MeanIoU(2)
    found.update_state(LABELS, FOUND, sample_weight=WEIGHTS)
    np.testing.assert_allclose(float(found.result()), WANTED, rtol=1e-6)


@pytest.mark.slow
@pytest.mark.once
def test_they_are_counted_where_there_are_more_than_a_number_can_be_counted_to():
    # All of them: Keras counts one label after the other on PyTorch.
    mends.install()
    many, size = keras.metrics.MeanIoU(2), 2**24 + 1000
    labels = np.zeros(size, "int8")
    many.update_state(labels, labels)
    assert float(keras.ops.max(many.total_cm)) == size
