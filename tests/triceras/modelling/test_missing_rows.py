"""What is said where an embedding has no row for what it is given."""

import keras
import numpy as np
import pytest

from triceras.data.batch import BatchPreparation
from triceras.data.dataset import Split
from triceras.errors import UserError
from triceras.modelling.missing_rows import telling_missing_rows
from triceras.modelling.table_rows import TO_TRAIN, TRAINED

pytestmark = pytest.mark.once
LOST = "the loss is not finite"
BEYOND = "indices[0,3] = 15 is not in [0, 15)"


class LostError(Exception):
    """That of a loss."""


def model(*tables):
    words = keras.Input((3,), dtype="int32")
    found = [keras.layers.Embedding(rows, 2, name=f"table_{rows}")(words) for rows in tables]
    return keras.Model(words, found or keras.layers.Flatten()(words))


def told(message, number=0, tables=(5, 8), cure=TO_TRAIN, **others):
    words = np.zeros((4, 3), "int64")
    words[2, 1] = number
    split = Split({"words": words, **others})
    batch = BatchPreparation(inputs="words")
    error = LostError if message == LOST else RuntimeError
    with telling_missing_rows(model(*tables), batch, split, LostError, cure=cure):
        raise error(message)


@pytest.mark.parametrize("message", [LOST, BEYOND, "index out of range in self"])
def test_what_the_data_hold_is_said(message):
    said = r"^words of row 2 of the training data .* holds 8, and table_8 has rows from 0 to 7: "
    with pytest.raises(UserError, match=said + r"give it input_dim=9, or mend the data$"):
        told(message, 8)


def test_a_number_below_0_is_one_where_it_is_not_counted_from_the_end():
    with pytest.raises(UserError, match=r"holds -1, .* to 7: mend the data$"):
        told(BEYOND, -1)
    with pytest.raises(LostError):
        told(LOST, -1)


def test_what_is_beyond_a_table_within_the_model_is_said_of_it():
    with pytest.raises(UserError, match=r"^an Embedding .* \(table_8 has rows from 0 to 7\)"):
        told(BEYOND, 7, (8,))


@pytest.mark.parametrize("number", [7, 8])
def test_a_table_that_is_trained_is_not_made_larger(number):
    with pytest.raises(UserError, match="table_8 has rows from 0 to 7") as refused:
        told(BEYOND, number, (8,), cure=TRAINED)
    assert "input_dim" not in str(refused.value)


class Factors(keras.Model):
    """Two tables of different sizes, and a graph that is in Python alone."""

    def __init__(self):
        super().__init__()
        self.users = keras.layers.Embedding(3, 2, name="users")
        self.items = keras.layers.Embedding(9, 2, name="items")

    def call(self, inputs, training=None):
        return self.users(inputs["who"]) * self.items(inputs["what"])


@pytest.mark.parametrize("message", [LOST, BEYOND])
def test_the_table_is_named_that_has_no_such_row(message):
    who, what = np.array([0, 2, 5, 1]), np.array([8, 7, 6, 0])
    split, error = Split({"a": who, "b": what}), LostError if message == LOST else RuntimeError
    batch = BatchPreparation(inputs={"who": "a", "what": "b"})
    said = r"^a of row 2 of the test data .* holds 5, and users has rows from 0 to 2: "
    with (
        pytest.raises(UserError, match=said),
        telling_missing_rows(Factors(), batch, split, LostError, "the test data"),
    ):
        raise error(message)


@pytest.mark.parametrize(
    ("message", "number", "tables", "others"),
    [
        # A learning rate, say.
        (LOST, 7, (8, 9), {}),
        (LOST, 99, (), {}),
        (BEYOND, 99, (), {}),
        ("something else", 99, (5, 8), {}),
        # A label is looked up in no table.
        (LOST, 0, (5, 8), {"label": np.arange(100, 104)}),
    ],
)
def test_other_errors_stay(message, number, tables, others):
    with pytest.raises(LostError if message == LOST else RuntimeError):
        told(message, number, tables, **others)
