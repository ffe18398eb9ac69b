import numpy as np
import pytest
from omegaconf import OmegaConf

from triceras.augment import MixUp, RandomFlip
from triceras.data.dataset import Dataset, Split
from triceras.errors import UserError
from triceras.modelling.preparation import (
    check_mixed,
    example_shapes,
    prepare_batches,
    prepare_inputs,
)

pytestmark = pytest.mark.once

PARTS = {
    "picture": np.zeros((2, 3, 3, 1)),
    "table": np.zeros((2, 5)),
    "label": np.zeros(2, "int32"),
    "weight": np.ones(2),
}


MORE = {
    "steps": np.array([[0, 3, 1], [2, 2, 0]]),
    "several": np.array([[0.0, 1, 1], [0, 0, 0]]),
    "one hot": np.array([[0, 1, 0], [1, 0, 0]], "uint8"),
    "smooth": np.array([[0.1, 0.8, 0.1], [0.3, 0.3, 0.4]], "float32"),
    "column": np.array([[3], [0]]),
    "deep": np.array([[[1.0], [0]], [[0], [1]]]),
}


def same(parts, key, ops):
    return parts


class Halved:
    """Changes a part of every batch, and reads others for that."""

    def __init__(self, *parts, **said):
        self.parts = parts
        vars(self).update(said)

    def __call__(self, parts, key, ops):
        return self.outside_training(parts)

    def outside_training(self, parts):
        return {**parts, self.parts[0]: parts[self.parts[0]] / 2}


def data_of(**options):
    split = Split(PARTS)
    return Dataset("own", split, None, split, **options)


def prepared(augment=None, training=True, data=None, **model):
    return prepare_batches(OmegaConf.create(model), data or data_of(), augment, training)


def test_names_of_parts_in_any_tree():
    model = {"inputs": {"a": "picture", "b": ["table"]}, "targets": "label"}
    batch = prepared(**model, sample_weight="weight")
    assert batch.inputs == {"a": "picture", "b": ["table"]}
    assert (batch.targets, batch.sample_weight) == ("label", "weight")
    assert batch.parts == ["picture", "table", "label", "weight"]
    assert example_shapes(batch.inputs, data_of()) == {"a": (3, 3, 1), "b": [(5,)]}


def test_what_stands_for_the_data_sets_own_parts():
    assert prepared(targets="labels").inputs == "picture"
    assert prepared(targets="labels").targets == "label"
    assert prepared(targets="inputs", inputs="table").targets == "table"
    assert prepared(targets=None).targets is None
    assert prepared(inputs=["inputs", "labels"]).inputs == ["picture", "label"]
    own = data_of(inputs=["picture", "table"], labels="table")
    assert prepared(data=own, targets="labels").inputs == ["picture", "table"]
    assert prepared(data=own, targets="labels").targets == "table"


def test_a_part_may_be_called_inputs():
    split = Split({"inputs": np.zeros(2), "x": np.zeros(2)})
    batch = prepared(data=Dataset("own", split, None, split), inputs="x", targets="inputs")
    assert (batch.inputs, batch.targets) == ("x", "inputs")


def test_augmentations_are_those_of_the_data_and_then_of_the_run():
    augment = [OmegaConf.create({"_target_": f"{__name__}.same"})]
    own = data_of(augment=[same])
    first, second = prepared(augment, data=own, targets="labels").augment
    assert first is same
    assert second({"a": 1}, None, None) == {"a": 1}
    assert not prepared(augment, training=False, data=own, targets="labels").augment


@pytest.mark.parametrize(
    ("parts", "changes", "kept"),
    [
        (("picture",), None, True),
        (("table",), None, True),
        (("label", "weight"), ("label",), False),
        (("picture", "label"), ("label",), False),
        (("picture", "label"), ("picture",), True),
        (("absent", "label"), None, False),
    ],
)
def test_of_what_is_done_outside_training_predictions_need_what_changes_inputs(
    parts, changes, kept
):
    said = {} if changes is None else {"changes_outside_training": changes}
    augment, model = Halved(*parts, **said), OmegaConf.create({"targets": "label"})
    batch = prepare_inputs(model, data_of(augment=[same, augment]))
    assert batch.augment == ([augment] if kept else [])


def test_an_input_that_cannot_be_brought_into_form_is_told():
    model, data = OmegaConf.create({}), data_of(augment=[Halved("picture", "absent")])
    with pytest.raises(UserError, match=r"Halved brings picture into .* reads absent, which own l"):
        prepare_inputs(model, data)


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ({"targets": "lable"}, "model.targets='lable' is unknown: own has picture, table, label"),
        ({"targets": "lable"}, "or model.targets=inputs"),
        ({"targets": "label", "inputs": {"a": "x"}}, "model.inputs.a='x' is unknown"),
        ({"targets": "label", "sample_weight": 3}, "model.sample_weight=3 is unknown"),
        ({"targets": "label", "class_weight": [1, 2]}, "gives no number for each class"),
        ({"targets": ["label"], "class_weight": {0: 1}}, "where model.targets is one part"),
        ({"targets": "label", "class_weight": {0: -1}}, "holds what is no weight"),
        ({"targets": "label", "class_weight": {0: "nan"}}, "holds what is no weight"),
    ],
)
def test_what_does_not_fit_is_told(model, message):
    with pytest.raises(UserError, match=message):
        prepared(**model)


def test_weights_of_classes_are_numbers():
    assert prepared(targets="label", class_weight={0: 1, 1: "2.5"}).class_weight == {0: 1, 1: 2.5}


def test_weights_of_classes_are_of_those_that_there_are_and_not_all_zero():
    split = Split(PARTS)
    data = Dataset("own", split, None, split, classes=2)
    for weights, message in (
        ({2: 1}, "for class 2, and the data have classes 0 to 1"),
        ({-1: 1}, "for class -1, and the data have classes 0 to 1"),
        ({0: 0, 1: 0}, "leaves no example any weight"),
    ):
        with pytest.raises(UserError, match=message):
            prepared(data=data, targets="label", class_weight=weights)
    # Another part may have more classes than the label.
    split = Split({**PARTS, "kind": PARTS["label"]})
    data = Dataset("own", split, None, split, classes=2)
    assert prepared(data=data, targets="kind", class_weight={2: 1}).class_weight == {2: 1}


def test_weights_of_classes_count_in_training_alone():
    assert prepared(targets="label", class_weight={0: -1}, training=False).class_weight is None


def test_labels_that_are_no_classes_may_be_below_0():
    batch = prepared(targets="label", class_weight={-1: 2, 1: 3})
    rows = {"x": np.zeros((3, 2), "float32"), "label": np.array([-1.0, 1.0, -1.0], "float32")}
    weights = batch.for_training({**PARTS, **rows}, np.zeros(2, "int32"), np).sample_weight
    np.testing.assert_array_equal(weights, [2, 3, 2])


@pytest.mark.parametrize("part", ["steps", "several", "deep"])
def test_weights_of_classes_want_one_label_for_each_example(part):
    split = Split({**PARTS, **MORE})
    with pytest.raises(UserError, match=f"one label for each example, and {part} has"):
        prepared(data=Dataset("own", split, None, split), targets=part, class_weight={0: 2})


@pytest.mark.parametrize("part", ["label", "one hot", "smooth", "column"])
def test_weights_of_classes_find_the_class(part):
    split = Split({**PARTS, **MORE})
    data = Dataset("own", split, None, split)
    assert prepared(data=data, targets=part, class_weight={0: 2}).class_weight == {0: 2}


def test_what_is_mixed_has_mixed_targets():
    check_mixed([MixUp("x", "y"), RandomFlip("x")], {"a": "y", "b": "x"})
    check_mixed([MixUp("x", "y")], None)
    check_mixed([RandomFlip("x")], "age")
    said = r"MixUp mixes x, label, and the target age would stay that of one example: name all"
    with pytest.raises(UserError, match=said):
        check_mixed([MixUp("x")], ["label", "age"])


def test_weights_of_mixed_examples_are_mixed():
    mixed = {"_target_": "triceras.augment.MixUp", "part": "table", "classes": 2}
    words = {"targets": "label", "sample_weight": "weight"}
    with pytest.raises(UserError, match="MixUp mixes examples, and their weights weight, which"):
        prepared([mixed], **words)
    assert prepared([mixed | {"weight": "weight"}], **words).sample_weight == "weight"
    words = {"targets": ["label", "table"], "sample_weight": ["weight", "label"]}
    with pytest.raises(UserError, match=r"one weight each, and model.sample_weight names weight,"):
        prepared([mixed | {"targets": ["label", "table"], "weight": "weight"}], **words)


def test_what_is_filled_up_is_told_to_augmentations():
    split = Split({"x": np.zeros((2, 3)), "x_mask": np.ones((2, 3))})
    data = Dataset("own", split, None, split, inputs="x")
    noise = {"_target_": "triceras.augment.GaussianNoise", "part": "x"}
    (noise,) = prepared([noise], True, data).augment
    assert noise.parts == ("x", "x_mask")


@pytest.mark.parametrize(
    ("name", "options"), [("x_mask", {"targets": "x_mask"}), ("x_mask", {}), ("other", {})]
)
def test_a_mask_of_a_picture_says_nothing_of_places_that_are_there(name, options):
    shape = (2, 3) if options else (2, 3, 3, 1)
    split = Split({"x": np.zeros((2, 3, 3, 1)), name: np.ones(shape)})
    data = Dataset("own", split, None, split, inputs="x")
    noise = {"_target_": "triceras.augment.GaussianNoise", "part": "x"}
    (noise,) = prepared([noise], True, data, **options).augment
    assert noise.parts == ("x",)


def test_each_target_has_a_weight_where_some_have():
    targets = {"a": "label", "b": "table"}
    with pytest.raises(UserError, match="names no part for the target b: name one for each"):
        prepared(targets=targets, sample_weight={"a": "weight"})
    both = {"a": "weight", "b": "weight"}
    assert prepared(targets=targets, sample_weight=both).sample_weight == both
    assert prepared(targets=targets, sample_weight="weight").sample_weight == "weight"
