import keras
import numpy as np
import pytest
from keras import ops

from triceras.scaffold.templates.objectives.example_objective import ExampleObjective

LABELS = np.array([0, 2, 1], "int32")
LOGITS = np.array([[2.0, -1.0, 0.5], [3.0, -2.0, 0.0], [0.0, 0.0, 0.0]], "float32")
P = (np.exp(LOGITS) / np.exp(LOGITS).sum(axis=1, keepdims=True))[np.arange(3), LABELS]


@pytest.mark.parametrize("gamma", [0.0, 2.0])
@pytest.mark.parametrize("labels", [LABELS, LABELS[:, np.newaxis]])
def test_it_is_the_definition(gamma, labels):
    expected = np.mean(-((1 - P) ** gamma) * np.log(P))
    found = ops.convert_to_numpy(ExampleObjective(gamma)(labels, LOGITS))
    assert found == pytest.approx(expected, rel=1e-5)


def test_sure_logits_do_not_overflow():
    sure = np.array([[500.0, -500.0]], "float32")
    loss = ExampleObjective()
    assert ops.convert_to_numpy(loss(np.array([0]), sure)) == 0
    assert ops.convert_to_numpy(loss(np.array([1]), sure)) == pytest.approx(1000)


def test_it_is_restored_from_its_configuration():
    restored = keras.losses.deserialize(keras.losses.serialize(ExampleObjective(gamma=3.0)))
    assert isinstance(restored, ExampleObjective)
    assert restored.gamma == 3.0
