import keras
import numpy as np
import pytest
from keras import ops

from triceras.data.augment import FreshBernoulli, bernoulli
from triceras.data.batch import BatchPreparation
from triceras.random.keys import fold_in, key_of

X = np.linspace(0, 1, 24, dtype="float32").reshape(4, 6)
Y = np.arange(4, dtype="int32")
W = np.array([1, 2, 0, 3], "float32")
PARTS = {"image": X, "label": Y, "weight": W}
KEY = key_of(3)


def both(batch):
    return batch.for_training(PARTS, KEY, np), batch.for_testing(PARTS)


def test_one_part_each():
    for found in both(BatchPreparation("image", "label")):
        assert found.inputs is X
        assert found.targets is Y
        assert found.sample_weight is None
        assert len(found.for_keras) == 2


def test_inputs_as_targets():
    for found in both(BatchPreparation("image", "image")):
        assert found.inputs is found.targets is X


def test_no_targets():
    for found in both(BatchPreparation("image")):
        assert found.for_keras == (X,)


def test_trees_of_parts_and_weights():
    batch = BatchPreparation({"a": "image", "b": ["label", "image"]}, {"c": "label"}, "weight")
    assert batch.parts == ["image", "label", "weight"]
    for found in both(batch):
        assert found.inputs["a"] is found.inputs["b"][1] is X
        assert found.inputs["b"][0] is found.targets["c"] is Y
        assert found.for_keras[2] is W


@pytest.mark.parametrize("one_hot", [False, True])
def test_classes_count_as_they_are_told_to_in_training_alone(one_hot):
    parts = PARTS | {"label": np.eye(4, dtype="float32")} if one_hot else PARTS
    batch = BatchPreparation("image", "label", "weight", {1: 10.0, 3: 0.5})
    for names, own in ((ops, ops.convert_to_tensor), (np, np.asarray)):
        given = {name: own(array) for name, array in parts.items()}
        weights = batch.for_training(given, own(KEY), names).sample_weight
        assert ops.convert_to_numpy(weights).tolist() == [1, 20, 0, 1.5]
    assert batch.for_testing(parts).sample_weight is W
    alone = BatchPreparation("image", "label", None, {1: 10.0})
    assert alone.for_training(parts, KEY, np).sample_weight.tolist() == [1, 10, 1, 1]
    assert alone.for_testing(parts).sample_weight is None


def test_a_model_reconstructs_what_it_saw():
    batch = BatchPreparation("image", "image", augment=[FreshBernoulli("image")])
    found = batch.for_training(PARTS, KEY, np)
    assert found.inputs is found.targets
    np.testing.assert_array_equal(found.inputs, bernoulli(X, KEY, np))
    # Only training batches are augmented.
    assert batch.for_testing(PARTS).inputs is X


def test_augmentations_follow_each_other_with_keys_of_their_own():
    seen = []

    def note(parts, key, ops):
        seen.append(key.tolist())
        return parts | {"image": parts["image"] + 1, "label": 2 * parts["label"]}

    batch = BatchPreparation("image", "label", augment=[note, note], all_parts=list(PARTS))
    assert batch.parts == list(PARTS)
    found = batch.for_training(PARTS, KEY, np)
    # One that folds in small numbers, as RandomFlip does, has none that another one has.
    assert seen[0] == KEY.tolist()
    assert seen[1] not in [fold_in(KEY, number).tolist() for number in range(100)]
    assert seen[1] != seen[0]
    np.testing.assert_array_equal(found.inputs, (X + 1) + 1)
    np.testing.assert_array_equal(found.targets, 4 * Y)
    np.testing.assert_array_equal(PARTS["image"], X)


def test_the_device_sees_what_the_host_sees():
    batch = BatchPreparation("image", "image", augment=[FreshBernoulli("image")])
    tensors = {name: ops.convert_to_tensor(a) for name, a in PARTS.items()}
    np.testing.assert_array_equal(
        ops.convert_to_numpy(batch.for_training(tensors, ops.convert_to_tensor(KEY)).inputs),
        batch.for_training(PARTS, KEY, np).inputs,
    )


@pytest.mark.parametrize("shape", [(-1,), (-1, 1)])
def test_a_mixture_counts_as_the_class_of_its_larger_share(shape):
    batch = BatchPreparation("x", "label", class_weight={0: 1.0, 1: 5.0})
    labels = np.array([0.86, 0.09, 0.6, 0.0, 1.0], "float32").reshape(shape)
    found = batch.weights_of_classes(batch.pick({"x": labels, "label": labels}), ops)
    np.testing.assert_array_equal(ops.convert_to_numpy(found), [5, 1, 5, 1, 5])


def test_classes_may_be_true_and_false():
    batch = BatchPreparation("x", "label", class_weight={0: 1.0, 1: 5.0})
    labels = ops.convert_to_tensor(np.array([True, False]))
    found = batch.weights_of_classes(batch.pick({"x": labels, "label": labels}), ops)
    np.testing.assert_array_equal(ops.convert_to_numpy(found), [5, 1])


@pytest.mark.parametrize("kind", ["int32", "bool", "float16"])
def test_weights_of_examples_may_be_whole_numbers_beside_those_of_classes(kind):
    batch = BatchPreparation("x", "label", sample_weight="own", class_weight={1: 0.5})
    parts = {"x": np.zeros(3), "label": np.array([1, 1, 0]), "own": np.array([1, 0, 1], kind)}
    tensors = {name: ops.convert_to_tensor(array) for name, array in parts.items()}
    for given, of in ((parts, np), (tensors, ops)):
        found = batch.for_training(given, KEY, of).sample_weight
        assert keras.backend.standardize_dtype(found.dtype) == "float32"
        np.testing.assert_array_equal(ops.convert_to_numpy(found), [0.5, 0, 1])
