"""What is said before a step where a table has no row for a number of the data."""

import hashlib

import keras
import numpy as np
import pytest

from triceras.data.batch import BatchPreparation
from triceras.data.dataset import Dataset, Split
from triceras.data.npy import read_npy
from triceras.errors import UserError
from triceras.modelling.table_rows import LOOKED_AT, TO_TRAIN, TRAINED, hold_to_tables


class OwnReader(keras.Model):
    """Looks up what it is called with, and knows whether it ever was."""

    def __init__(self):
        super().__init__()
        self.table = keras.layers.Embedding(5, 2, name="words_table")
        self.called = False

    def call(self, inputs):
        self.called = True
        return self.table(inputs["words"]) + keras.ops.cast(inputs["other"], "float32")[..., None]


def own():
    model = OwnReader()
    model({"words": np.zeros((1, 3), "int32"), "other": np.zeros((1, 3), "int32")})
    return model


def functional(dtype):
    words, other = (keras.Input((3,), dtype=dtype, name=name) for name in ("words", "other"))
    found = keras.layers.Embedding(5, 2, name="words_table")(words)
    added = keras.layers.Add()([found, keras.layers.Reshape((3, 1))(other)])
    return keras.Model({"words": words, "other": other}, added)


def sequential():
    return keras.Sequential([keras.Input((3,)), keras.layers.Embedding(5, 2, name="words_table")])


def shared():
    words, other = (keras.Input((3,), dtype="int32", name=name) for name in ("words", "other"))
    table = keras.layers.Embedding(5, 2, name="words_table")
    first, last = table(keras.layers.Rescaling(0.0)(other)), table(words)
    return keras.Model({"words": words, "other": other}, keras.layers.Add()([first, last]))


MODELS = {
    "shared": (shared, {"words": "words", "other": "other"}),
    "own": (own, {"words": "words", "other": "other"}),
    "whole numbers": (lambda: functional("int32"), {"other": "other", "words": "words"}),
    "numbers with a point": (lambda: functional("float32"), {"other": "other", "words": "words"}),
    "sequential": (sequential, "words"),
}


def split_with(number, dtype="int64"):
    words = np.zeros((4, 3), dtype)
    words[2, 1] = number
    return Split({"words": words, "other": np.full((4, 3), 99)}, np.arange(10, 14))


def check(number, kind="own", dtype="int64", augment=(), cure=TO_TRAIN, former=False):
    build, inputs = MODELS[kind]
    good, bad = split_with(0, dtype), split_with(number, dtype)
    data = Dataset("own", good, None, bad, inputs=inputs)
    batch = BatchPreparation(inputs=inputs, augment=augment)
    splits = {"training": [good], "validation": [None], "test": [bad]}
    hold_to_tables(build(), batch, data, splits, cure, [] if former else [LOOKED_AT])


@pytest.mark.parametrize("kind", MODELS)
def test_the_row_of_the_data_and_the_table_are_named(kind):
    said = r"^words of row 12 of the test data \(from 0, as they came\) holds 5, and words_table "
    with pytest.raises(UserError, match=said + "has rows from 0 to 4: give it input_dim=6, or"):
        check(5, kind)
    check(4, kind)


@pytest.mark.once
def test_a_table_that_is_trained_is_not_made_larger():
    with pytest.raises(UserError, match=r"from 0 to 4: leave such rows out, or mend the data$"):
        check(5, cure=TRAINED)


@pytest.mark.once
def test_a_number_below_0_is_none_though_each_backend_counts_it_from_the_end():
    with pytest.raises(UserError, match=r"holds -1, and words_table .* to 4: mend the data$"):
        check(-1)


@pytest.mark.slow_on("jax")
@pytest.mark.parametrize(("number", "shown"), [(3.7, "3.7"), (np.nan, "nan"), (np.inf, "inf")])
@pytest.mark.parametrize("kind", ["own", "shared", "numbers with a point"])
def test_what_is_no_whole_number_is_not_rounded(kind, number, shown):
    with pytest.raises(UserError, match=f"holds {shown}, and words_table has .*: mend the data$"):
        check(number, kind, "float32")


@pytest.mark.once
def test_what_is_augmented_may_be_another_number():
    def clip(parts, seeds, numpy):
        return parts | {"words": numpy.clip(parts["words"], 0, 4)}

    clip.parts = ["words"]
    check(5, augment=[clip])


@pytest.mark.once
@pytest.mark.parametrize("number", [5, -1])
def test_what_is_read_from_a_file_is_looked_at_then(number, tmp_path):
    words = np.zeros((4, 3), "int32")
    words[2, 1] = number
    np.save(tmp_path / "words.npy", words)
    stored = read_npy(tmp_path / "words.npy", 0, hashlib.sha256())
    split = Split({"words": stored, "other": np.zeros((4, 3), int)})
    assert not split.in_memory(["words"])
    data = Dataset("own", split, None, split, inputs=MODELS["own"][1])
    hold_to_tables(own(), BatchPreparation(MODELS["own"][1]), data, {"training": [split]})
    split.take(slice(2))
    said = f"^the data own: words holds {number}, and words_table has rows from 0 to 4: "
    with pytest.raises(UserError, match=said):
        split.take(slice(1, 3))


@pytest.mark.once
@pytest.mark.parametrize(("number", "dtype"), [(-1, "int64"), (-1.7, "float32"), (3.7, "float32")])
def test_a_run_of_before_that_counts_from_the_end_or_cuts_goes_on(number, dtype, caplog):
    check(number, dtype=dtype, cure=TRAINED, former=True)
    assert "words of the test data has numbers below 0 or fractions: rows of" in caplog.text
    # One that was trained of late has refused them.
    with pytest.raises(UserError, match=f"holds {number}, .*: mend the data$"):
        check(number, dtype=dtype, cure=TRAINED)


@pytest.mark.once
@pytest.mark.parametrize("number", [-6, 5])
def test_what_is_beyond_a_table_is_refused_in_a_run_of_before_too(number):
    with pytest.raises(UserError, match=f"holds {number}, and words_table has rows from 0 to 4"):
        check(number, cure=TRAINED, former=True)


@pytest.mark.once
def test_the_table_that_has_too_few_rows_is_named():
    words = keras.Input((3,), dtype="int32")
    tables = [keras.layers.Embedding(rows, 2, name=f"of_{rows}")(words) for rows in (7, 5, 9)]
    bad = split_with(6)
    data = Dataset("own", bad, None, bad, inputs="words")
    with pytest.raises(UserError, match="holds 6, and of_5 has rows from 0 to 4"):
        hold_to_tables(
            keras.Model(words, tables), BatchPreparation("words"), data, {"training": [bad]}
        )


def test_a_first_call_is_still_to_come():
    model, inputs = OwnReader(), MODELS["own"][1]
    model.table.build((None, 3))
    model.built = True
    bad = split_with(5)
    data = Dataset("own", bad, None, bad, inputs=inputs)
    with pytest.raises(UserError, match="holds 5"):
        hold_to_tables(model, BatchPreparation(inputs), data, {"training": [bad]})
    assert not model.called


@pytest.mark.once
def test_nothing_is_expected_of_what_a_model_computes():
    words = keras.Input((3,), dtype="int32")
    model = keras.Model(words, keras.layers.Embedding(5, 2)(keras.ops.minimum(words, 4)))
    bad = split_with(6)
    data = Dataset("own", bad, None, bad, inputs="words")
    hold_to_tables(model, BatchPreparation("words"), data, {"training": [bad]})
