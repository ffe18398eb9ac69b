import numpy as np
import pytest
from keras import ops

from triceras.data.augment import augmentation, bernoulli
from triceras.data.batch import BatchPreparation
from triceras.random.keys import key_of

X = np.linspace(0, 1, 24, dtype="float32").reshape(4, 6)
Y = np.arange(4, dtype="int32")
KEY = key_of(3)


def test_inputs_as_targets():
    batch = BatchPreparation("inputs")
    for inputs, targets in (batch.for_training(X, Y, KEY, np), batch.for_testing(X, Y)):
        assert inputs is X
        assert targets is X


def test_labels_as_targets():
    batch = BatchPreparation("labels")
    for inputs, targets in (batch.for_training(X, Y, KEY, np), batch.for_testing(X, Y)):
        assert inputs is X
        assert targets is Y


def test_a_model_reconstructs_what_it_saw():
    batch = BatchPreparation("inputs", augmentation("bernoulli"))
    inputs, targets = batch.for_training(X, Y, KEY, np)
    assert inputs is targets
    np.testing.assert_array_equal(inputs, bernoulli(X, KEY, np))


def test_only_training_batches_are_augmented():
    batch = BatchPreparation("labels", bernoulli)
    inputs, targets = batch.for_training(X, Y, KEY, np)
    assert set(np.unique(inputs)) == {0, 1}
    assert targets is Y
    assert batch.for_testing(X, Y)[0] is X


def test_the_device_sees_what_the_host_sees():
    batch = BatchPreparation("inputs", bernoulli)
    tensors = [ops.convert_to_tensor(a) for a in (X, Y, KEY)]
    inputs, _ = batch.for_training(*tensors)
    np.testing.assert_array_equal(
        ops.convert_to_numpy(inputs), batch.for_training(X, Y, KEY, np)[0]
    )


@pytest.mark.parametrize("targets", ["input", "", None])
def test_other_targets_are_refused(targets, refuses):
    with refuses(
        what="is unknown", where=f"model.targets={targets!r}", do="use model.targets=inputs"
    ):
        BatchPreparation(targets)
