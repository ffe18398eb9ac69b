import keras
import numpy as np
import pytest

from triceras.modelling import column_weights


@pytest.mark.in_turn
@pytest.mark.parametrize("average", ["micro", "macro", "weighted"])
@pytest.mark.parametrize("shape", [(6,), (6, 1)])
def test_a_column_of_weights_is_a_weight_for_each_example(shape, average):
    column_weights.install()
    column_weights.install()
    random = np.random.default_rng(0)
    labels = random.integers(0, 2, (6, 3)).astype("float32")
    chances = random.random((6, 3)).astype("float32")
    # As whole numbers they are so many examples.
    times = np.array([1, 2, 0, 3, 1, 5])
    found, wanted = (keras.metrics.F1Score(average, threshold=0.5) for _ in range(2))
    weights = times.astype("float32").reshape(shape)
    for part in (slice(4), slice(4, 6)):
        found.update_state(labels[part], chances[part], sample_weight=weights[part])
    wanted.update_state(np.repeat(labels, times, axis=0), np.repeat(chances, times, axis=0))
    np.testing.assert_allclose(float(found.result()), float(wanted.result()), rtol=1e-6)
