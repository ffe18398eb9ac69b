import re

import keras
import numpy as np
import pytest

from triceras.data.announced import held_to_its_word
from triceras.data.bucketing import bucketed
from triceras.data.dataset import Dataset, Split
from triceras.data.order import Order
from triceras.data.python_source import load as load_python
from triceras.data.split_parts import split_parts
from triceras.data.stream import load as load_stream
from triceras.errors import UserError

pytestmark = pytest.mark.once

SAID = (
    r"^data\.source=.*: label is int32 of shape .* from {span}, and data\.classes=3 wants whole "
    r"numbers from 0 to 2; .* \+model\.network\.classes=3"
)
SPANS = {"high": "0 to 4", "low": "-1 to 2"}
LABELS = {"high": np.arange(40) % 5, "low": np.arange(40) % 4 - 1, "right": np.arange(40) % 3}


def columns(kind, dtype=int):
    return {"point": np.zeros((40, 2), "float32"), "label": LABELS[kind].astype(dtype)}


class Examples:
    def __init__(self, kind):
        self.kind = kind

    def __len__(self):
        return 40

    def __getitem__(self, number):
        return {name: array[number] for name, array in columns(self.kind).items()}


class Batches(keras.utils.PyDataset):
    def __init__(self, kind):
        super().__init__()
        self.kind = kind

    def __len__(self):
        return 4

    def __getitem__(self, number):
        rows = slice(10 * number, 10 * number + 10)
        return {name: array[rows] for name, array in columns(self.kind).items()}


def of_splits(kind, split):
    """Only what is not trained on is wrong."""
    return columns("right" if split == "train" else kind)


def batches(kind):
    yield columns(kind)


def late(kind):
    """Only what comes after the first step is wrong."""
    yield columns("right")
    yield columns(kind)


def python(name, kind="right", **options):
    usual = {"options": {"kind": kind}, "classes": 3}
    return load_python(source=f"{__name__}.{name}", **(usual | options))


def stream(name, kind="right", **options):
    usual = {"steps_per_epoch": 4, "batch_size": 5, "test_size": 5}
    return load_stream(
        source=f"{__name__}.{name}", options={"kind": kind}, classes=3, **(usual | options)
    )


def refused(kind):
    return pytest.raises(UserError, match=SAID.format(span=SPANS[kind]))


@pytest.mark.parametrize("kind", SPANS)
@pytest.mark.parametrize("name", ["columns", "of_splits", "Examples", "Batches"])
def test_labels_in_memory_are_looked_at_when_the_data_are_made(name, kind):
    with refused(kind):
        python(name, kind)


@pytest.mark.parametrize("kind", SPANS)
@pytest.mark.parametrize("name", ["Examples", "Batches"])
def test_examples_are_looked_at_when_they_are_made(name, kind):
    data = python(name, kind, memory_mb=0)
    with refused(kind):
        data.train.take(slice(None))
    with refused(kind):
        data.train.take_step(0, np.arange(len(data.train)), ["point", "label"])
    # What is predicted from needs no labels.
    assert list(data.train.take(slice(None), ["point"])) == ["point"]


@pytest.mark.slow
def test_examples_that_workers_make_are_looked_at():
    # A source whose module imports no Keras, as each worker would.
    points = {"source": "triceras.testing.small.sources.Points", "classes": 2}
    train = load_python(**points, memory_mb=0, workers=1).train
    train.follow(Order(seed=0, size=len(train), batch_size=len(train)), ["point", "label"])
    try:
        with pytest.raises(UserError, match=r"^data\.source=.*: label is .* from 0 to 2, and .*=2"):
            train.take_step(0, None, ["point", "label"])
    finally:
        train.close()


def test_examples_in_buckets_are_looked_at():
    whole = python("Examples", "high", memory_mb=0, classes=None, pad={"point": 2}).train
    splits, _ = bucketed({"train": whole}, {"point": [1, 2]}, "0", None)
    data = Dataset("here", splits["train"], None, splits["train"], classes=3)
    with pytest.raises(UserError, match=r"^here: label is int32 of shape .* from 0 to 4"):
        held_to_its_word(data, "here").train.take(slice(None))


@pytest.mark.parametrize("kind", SPANS)
@pytest.mark.parametrize(
    "options", [{}, {"test_size": 35}, {"test_source": f"{__name__}.batches", "test_size": 0}]
)
def test_streams_are_looked_at_where_they_begin_and_in_what_is_held_out(kind, options):
    with refused(kind):
        stream("batches", kind, **options)


@pytest.mark.parametrize("kind", SPANS)
def test_streams_are_looked_at_in_each_step(kind):
    train = stream("late", kind, batch_size=35).train
    train.take_step(0, None, ["label"])
    with refused(kind):
        train.take_step(2, None, ["label"])


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("right", {}),
        ("high", {"classes": 5}),
        ("high", {"classes": None}),
        ("high", {"labels": "point"}),
        ("high", {"options": {"kind": "high", "dtype": "float32"}}),
    ],
)
def test_nothing_is_refused_of_what_is_not_announced(kind, options):
    assert len(python("columns", kind, **options).train) == 32


def test_a_number_of_classes_that_is_none_is_told():
    with pytest.raises(UserError, match=r"^data\.classes=many is unknown: use a whole number"):
        python("columns", classes="many")


def held(parts, **announced):
    split = Split(parts)
    return held_to_its_word(Dataset("here", split, None, split, **announced), "here")


@pytest.mark.parametrize(
    ("others", "label", "labels"),
    [
        (["x"], "y", None),
        (["x", "sample_weight"], "y", None),
        (["x", "x_mask"], "y", None),
        (["x", "age"], "label", None),
        (["x", "z"], "y", "y"),
        (["x", "z"], "y", {"out": "y"}),
        (["x", "z"], "label", {"first": "label", "second": "z"}),
    ],
)
def test_the_part_of_the_labels_is_found(others, label, labels):
    parts = {name: np.zeros(5) for name in others} | {label: LABELS["high"][:5]}
    with pytest.raises(UserError, match=f"here: {label} is int32 .* from 0 to 4"):
        held(parts, classes=3, labels=labels)
    assert held(parts, classes=5, labels=labels).classes == 5


@pytest.mark.parametrize(
    ("declares", "inputs"),
    [
        ({"vocabulary_size": 9}, None),
        ({"tokens_vocabulary_size": 9, "vocabulary_size": 99}, None),
        ({"tokens_vocabulary_size": 9}, ["tokens", "image"]),
    ],
)
def test_tokens_are_of_the_vocabulary(declares, inputs):
    parts = {"tokens": np.arange(10).reshape(5, 2), "image": np.full(5, 255)}
    (name,) = (name for name, size in declares.items() if size == 9)
    with pytest.raises(UserError, match=f"tokens is .* to 9, and data.declares.{name}=9 wants"):
        held(parts, declares=declares, inputs=inputs)
    held(parts, declares={**declares, name: 10}, inputs=inputs)


def test_a_vocabulary_of_one_of_several_inputs_that_is_not_named_is_none_of_all():
    parts = {"tokens": np.arange(5), "image": np.full(5, 255)}
    assert held(parts, declares={"vocabulary_size": 9}, inputs=["tokens", "image"])


def test_of_what_is_predicted_from_the_inputs_alone_are_looked_at():
    tokens = np.arange(12).reshape(6, 2) % 5
    split = Split({"tokens": tokens, "label": np.arange(6)})
    declares = {"vocabulary_size": 5}
    data = Dataset("texts", split, None, split, classes=2, declares=declares)
    held_to_its_word(data, "these", compared=False)
    with pytest.raises(UserError, match=r"these: label is .* wants whole numbers from 0 to 1"):
        held_to_its_word(data, "these")
    few = Dataset("texts", split, None, split, declares={"vocabulary_size": 4})
    with pytest.raises(UserError, match=r"these: tokens is .* wants whole numbers from 0 to 3"):
        held_to_its_word(few, "these", compared=False)


@pytest.mark.parametrize(
    ("shape", "announced", "fits"),
    [
        ((4, 6, 1), (4, 6, 1), True),
        ((4, 6), (4, 6, 1), True),
        ((24,), (4, 6, 1), True),
        ((24,), (2, 4, 3), True),
        ((4, 6, 1), (6, 4, 1), False),
        ((4, 6, 1), (8, 3, 1), False),
        ((4, 6), (4, 6, 3), False),
        ((24,), (5, 5, 1), False),
    ],
)
def test_pictures_have_the_shape_that_is_announced(shape, announced, fits):
    split = Split({"picture": np.zeros((3, *shape)), "label": np.zeros(3, "int32")})
    data = Dataset("own", split, None, split, image_shape=announced)
    if fits:
        held_to_its_word(data, "the data own")
        return
    said = rf"the data own: data.image_shape={list(announced)} is that of no part (picture has "
    with pytest.raises(UserError, match=re.escape(said)):
        held_to_its_word(data, "the data own")


@pytest.mark.parametrize("city", ["city", "home city"])
def test_the_size_of_a_part_that_the_model_is_not_given_is_none_of_its_input(city):
    texts = np.array(["ulm", "bonn", "kiel", "bonn"] * 5)
    parts = {"age": np.arange(20, 40), city: texts, "label": np.arange(20.0)}
    data = split_parts("people", parts, inputs="age", labels="label")
    assert data.declares["vocabulary_size"] == 3
