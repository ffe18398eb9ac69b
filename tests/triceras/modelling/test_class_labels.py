import dataclasses
import tracemalloc

import keras
import numpy as np
import pytest

from triceras.augment.flip import RandomFlip
from triceras.augment.mixup import MixUp
from triceras.augment.shift import RandomCrop, RandomShift
from triceras.data.announced import held_to_its_word
from triceras.data.batch import BatchPreparation
from triceras.data.dataset import Dataset, Split
from triceras.errors import UserError
from triceras.modelling.class_labels import ClassLabels, class_labels, pairs
from triceras.modelling.output_shapes import check_output_shapes
from triceras.modelling.own_ranks import tell_of_own_ranks
from triceras.testing.runs import run

SPARSE = keras.losses.SparseCategoricalCrossentropy


def data(**labels):
    """Ten rows of two numbers, and labels that are given for each part."""
    split = Split({"point": np.zeros((10, 2), "float32"), **labels})
    return Dataset("points", train=split, validation=None, test=split, inputs="point")


def compiled(loss, outputs=3):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(outputs)])
    model.compile("sgd", loss)
    return model


def check(model, found, targets="label", **more):
    batch = BatchPreparation("point", targets, **more)
    held_to_its_word(found, "the data points", class_labels(model, batch, found))


HIGH, RIGHT = np.arange(10) % 4, np.arange(10) % 3


@pytest.mark.parametrize("loss", [SPARSE(), "sparse_categorical_crossentropy"])
@pytest.mark.parametrize("dtype", ["int32", "float32", "uint8"])
def test_labels_are_numbers_of_outputs(loss, dtype):
    check(compiled(loss), data(label=RIGHT.astype(dtype)))
    said = r"the data points: label is .* from 0.* to 3.*, and the loss wants whole numbers from 0 "
    with pytest.raises(UserError, match=said + "to 2: the model has 3 outputs; give"):
        check(compiled(loss), data(label=HIGH.astype(dtype)))


@pytest.mark.once
def test_who_predicts_a_number_is_told_of_another_loss():
    said = r"one output alone: to predict a number, use .*keras\.losses\.MeanSquaredError; give"
    with pytest.raises(UserError, match=said):
        check(compiled(SPARSE(), 1), data(label=RIGHT * 0.5))


@pytest.mark.once
def test_who_counts_classes_from_less_than_0_is_told_of_that():
    said = r"the model has 3 outputs; count classes from 0, or .* leave -1 out by its ignore_class$"
    with pytest.raises(UserError, match=said):
        check(compiled(SPARSE()), data(label=RIGHT - 1))
    with pytest.raises(UserError, match="or 7, its ignore_class: the model has 3 outputs; give"):
        check(compiled(SPARSE(ignore_class=7)), data(label=RIGHT - 1))


@pytest.mark.once
@pytest.mark.parametrize("label", [RIGHT - 1, RIGHT * 0.5])
def test_others_are_none(label):
    with pytest.raises(UserError, match=r"label is .* the model has 3 outputs"):
        check(compiled(SPARSE()), data(label=label))


@pytest.mark.once
def test_all_splits_are_looked_at():
    found = dataclasses.replace(data(label=RIGHT), test=data(label=HIGH).test)
    with pytest.raises(UserError, match=r"label is .* from 0 to 3"):
        check(compiled(SPARSE()), found)


@pytest.mark.once
def test_targets_of_outputs_that_are_not_there_are_told_of():
    with pytest.raises(UserError, match=r"one output alone: choose .* as in model\.targets=label$"):
        check(compiled(SPARSE()), data(label=RIGHT), {"digit": "label", "ink": "label"})


class TwoHeads(keras.Model):
    def __init__(self):
        super().__init__()
        self.number, self.size = keras.layers.Dense(3), keras.layers.Dense(1)

    def call(self, inputs):
        return {"number": self.number(inputs), "size": self.size(inputs)}


def test_each_output_of_a_model_of_somebody_s_own_is_matched_by_name():
    model = TwoHeads()
    model(np.zeros((1, 2), "float32"))
    model.compile("sgd", {"number": SPARSE(), "size": "mse"})
    targets = {"size": "amount", "number": "label"}
    check(model, data(label=RIGHT, amount=HIGH * 100), targets)
    with pytest.raises(UserError, match=r"label is .* the model has 3 outputs"):
        check(model, data(label=HIGH, amount=HIGH * 100), targets)


@pytest.mark.once
def test_nothing_is_expected_where_a_label_may_be_anything():
    check(compiled(SPARSE(ignore_class=3)), data(label=HIGH))
    check(compiled("mse", 1), data(label=HIGH))
    check(compiled(lambda a, b: keras.ops.mean(b)), data(label=HIGH))

    def halved(parts, key, ops):
        return parts | {"label": parts["label"] // 2}

    halved.parts = ["label"]
    check(compiled(SPARSE()), data(label=HIGH), augment=[halved])
    without = compiled(None)
    check(without, data(label=HIGH))
    check(without, data(), targets=None)


@pytest.mark.once
@pytest.mark.parametrize("dtype", ["uint8", "int32", "float32"])
def test_one_label_may_be_ignored_and_no_other(dtype):
    void = np.where(RIGHT == 1, 255, RIGHT).astype(dtype)
    check(compiled(SPARSE(ignore_class=255)), data(label=void))
    check(compiled(SPARSE(ignore_class=255)), data(label=np.full(10, 255, dtype)))
    said = r"shape \(10,\) from 0.* to 3.*, and .* from 0 to 2 or 255, its ignore_class: the model"
    with pytest.raises(UserError, match=said):
        check(compiled(SPARSE(ignore_class=255)), data(label=np.where(RIGHT == 1, 3, void)))
    with pytest.raises(UserError, match=r"from 0.* to 255.*, and .* or -1, its ignore_class"):
        check(compiled(SPARSE(ignore_class=-1)), data(label=void))


@pytest.mark.in_turn
@pytest.mark.slow
@pytest.mark.parametrize("loop", ["custom", "fit"])
def test_a_run_with_too_few_outputs_is_refused(tmp_path, backend, loop):
    words = ["experiment=classifier", "+model.network.classes=5", "max_steps=2", f"loop={loop}"]
    with pytest.raises(UserError, match=r"label is .* from 0 to 9, .*: the model has 5 outputs"):
        run(tmp_path, backend, *words, "compile=false")
    (steps,) = tmp_path.rglob("steps.csv")
    assert not steps.read_text()


@pytest.mark.once
def test_labels_that_are_mixed_have_to_be_classes_of_the_mixture():
    augment = (MixUp("point", classes=3),)
    check(compiled("categorical_crossentropy"), data(label=RIGHT), augment=augment)
    with pytest.raises(UserError, match="classes of augment=3 wants whole numbers from 0 to 2"):
        check(compiled("categorical_crossentropy"), data(label=HIGH), augment=augment)


def numbers_for_each(parts, key, ops):
    """An augmentation that does not say what it reads."""
    return {**parts, "point": parts["point"] + 1.0}


def one_more(parts, key, ops):
    return {**parts, "label": parts["label"] + 1}


@pytest.mark.once
def test_an_augmentation_that_leaves_labels_alone_changes_nothing(caplog):
    found, parts = data(label=HIGH), ["point", "label"]
    with pytest.raises(UserError, match=r"label is .* from 0 to 3"):
        check(compiled(SPARSE()), found, augment=[numbers_for_each], all_parts=parts)
    assert not caplog.messages
    check(compiled(SPARSE()), found, augment=[one_more], all_parts=parts)
    assert "whether label holds" in caplog.text
    assert "the augmentation one_more may change it" in caplog.text


@pytest.mark.once
def test_an_augmentation_that_gives_nothing_may_have_changed_all():
    nothing = {"augment": (lambda parts, key, ops: None,), "all_parts": ("point", "label")}
    check(compiled(SPARSE()), data(label=HIGH), **nothing)


def turned(parts, key, ops):
    return {**parts, "mask": ops.flip(ops.swapaxes(parts["mask"], 1, 2), 1)}


turned.only_moves = True


@pytest.mark.once
@pytest.mark.parametrize(
    "augment", [RandomFlip("mask"), RandomShift("mask", 1), RandomCrop("mask", 1), turned]
)
def test_labels_that_are_only_moved_are_those_of_the_data(augment):
    model = keras.Sequential([keras.Input((2, 2, 1)), keras.layers.Conv2D(3, 1)])
    model.compile("sgd", SPARSE())

    def masks(labels):
        split = Split({"image": np.zeros((4, 2, 2, 1), "float32"), "mask": labels})
        return Dataset("masks", train=split, validation=None, test=split, inputs="image")

    def look(labels):
        batch = BatchPreparation("image", "mask", augment=[augment], all_parts=("image", "mask"))
        found = masks(labels.reshape(4, 2, 2))
        held_to_its_word(found, "the data masks", class_labels(model, batch, found))

    look(np.arange(16) % 3)
    with pytest.raises(UserError, match=r"mask is .* from 0 to 3, .*: the model has 3 outputs"):
        look(np.arange(16) % 4)


class Renumbered(RandomFlip):
    """Makes void of one more class."""

    def __call__(self, parts, key, ops):
        parts = super().__call__(parts, key, ops)
        return parts | {"mask": ops.minimum(parts["mask"], 2)}


@pytest.mark.once
def test_one_that_does_more_than_its_base_class_may_give_others():
    batch = BatchPreparation("point", "mask", augment=[Renumbered("mask")], all_parts=("mask",))
    assert not class_labels(compiled(SPARSE()), batch, data(mask=RIGHT))


@pytest.mark.once
def test_numbers_are_no_classes_that_are_mixed():
    found = data(label=RIGHT)
    mixed = [MixUp("point", classes=3)]
    check(compiled("mse"), found, augment=mixed)
    said = "rows of 3 classes of the whole numbers in label, and the model has 1 output for it"
    with pytest.raises(UserError, match=said):
        check(compiled("mse", 1), found, augment=mixed)
    check(compiled("mse", 1), data(label=0.5 * RIGHT), augment=mixed)
    with pytest.raises(UserError, match="and the model has 5 outputs for it"):
        check(compiled("mse", 5), found, augment=mixed)

    class Prototypes(keras.losses.Loss):
        def call(self, y_true, y_pred):
            return keras.ops.sum(y_true, -1) * keras.ops.sum(y_pred, -1)

    check(compiled(Prototypes(), 5), found, augment=mixed)


class FirstCalled(keras.Model):
    """Does something in its first call alone, which it knows by a flag."""

    def __init__(self, begun):
        super().__init__()
        self.dense = keras.layers.Dense(3)
        self.dense.build((None, 2))
        if begun:
            self.called = False

    def call(self, inputs):
        self.called = True
        return self.dense(inputs)


@pytest.mark.parametrize("begun", [True, False])
def test_a_first_call_is_still_to_come(begun):
    model = FirstCalled(begun)
    model.built = True
    model.compile("sgd", SPARSE())
    with pytest.raises(UserError, match="the model has 3 outputs"):
        check(model, data(label=HIGH))
    assert not getattr(model, "called", False)


class Counting(keras.Model):
    """Counts its calls, those without values too."""

    def __init__(self):
        super().__init__()
        self.dense, self.calls = keras.layers.Dense(3), 0

    def call(self, inputs):
        self.calls += 1
        return self.dense(inputs)


def test_a_model_of_somebody_s_own_is_traced_once_for_all_that_is_looked_at():
    model, found = Counting(), data(label=np.arange(10) % 3)
    model(np.zeros((1, 2), "float32"))
    model.compile("sgd", SPARSE(from_logits=True))
    batch, before = BatchPreparation("point", "label"), model.calls
    class_labels(model, batch, found)
    once = model.calls
    check_output_shapes(model, batch, found)
    tell_of_own_ranks(model, batch, found)
    assert before < once == model.calls
    class_labels(model, batch, data(point=np.zeros((10, 4), "float32"), label=np.arange(10) % 3))
    assert model.calls > once


def test_labels_beside_one_that_is_ignored_are_looked_at_where_they_lie():
    masks = np.where(np.arange(1_000_000) % 5 == 0, 255, 3).astype("int32").reshape(10, -1)
    labels = ClassLabels("the data", "mask", "", 4, ignored=255)
    tracemalloc.start()
    labels.check({"mask": masks})
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < masks.nbytes / 2
    masks[7, 3] = 4
    with pytest.raises(UserError, match=r"from 3 to 4, and the loss wants .* or 255"):
        labels.check({"mask": masks})
    labels.check({"mask": np.full_like(masks, 255)})


@pytest.mark.in_turn("torch")
def test_a_run_of_before_is_refused_what_its_loss_would_be(backend):
    model, found = compiled(SPARSE(ignore_class=255)), data(label=HIGH)
    wanted = class_labels(model, BatchPreparation("point", "label"), found, former=True)
    assert [labels.former for labels in wanted] == [backend != "torch"]


@pytest.mark.once
def test_a_run_of_before_goes_on_with_labels_beside_one_that_is_ignored(caplog, monkeypatch):
    (model, other), found = map(compiled, (SPARSE(ignore_class=255), SPARSE())), data(label=HIGH)
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    batch = BatchPreparation("point", "label")
    for _ in range(2):
        held_to_its_word(found, "it", class_labels(model, batch, found, former=True))
    (message,) = caplog.messages
    assert "from 0 to 3, and the loss wants whole numbers from 0 to 2 or 255" in message
    with pytest.raises(UserError, match="from 0 to 3"):
        held_to_its_word(found, "it", class_labels(other, batch, found, former=True))


@pytest.mark.once
def test_losses_in_an_order_are_of_no_targets_by_name():
    assert not list(pairs([SPARSE()], {"a": "label"}))
