import keras
import numpy as np
import pytest

from triceras.data.batch import BatchPreparation
from triceras.data.dataset import Dataset, Split
from triceras.modelling.rounded_inputs import tell_of_rounded_inputs

# It looks at the nodes of a model.
pytestmark = [pytest.mark.once, pytest.mark.keras_internals]

YEARS = np.array([[2001, 0.5], [2002, 0.1], [2004, 0.2], [2005, 0.9]], "float32")
IDS = np.array([[1, 256], [2, 257], [3, 258], [999, 5]], "float32")


@pytest.fixture(autouse=True)
def half():
    keras.config.set_dtype_policy("mixed_bfloat16")
    yield
    keras.config.set_dtype_policy("float32")


def said(caplog, values, *layers, functional=False):
    split = Split({"row": values, "target": np.zeros((len(values), 1), "float32")})
    data = Dataset("rows", train=split, validation=None, test=split, inputs="row")
    model = keras.Sequential([keras.Input(values.shape[1:]), *layers])
    if functional:
        outputs = inputs = keras.Input(values.shape[1:])
        for layer in layers:
            outputs = layer(outputs)
        model = keras.Model(inputs, outputs)
    caplog.clear()
    tell_of_rounded_inputs(model, BatchPreparation("row", "target"), data)
    return caplog.messages


@pytest.mark.parametrize("functional", [True, False])
def test_years_are_told_of_and_what_was_normalized_is_not(caplog, functional):
    layers = [keras.layers.Normalization(mean=2003, variance=2), keras.layers.Dense(1)]
    (message,) = said(caplog, YEARS, *layers, functional=functional)
    assert message.startswith(
        "bfloat16 rounds the input row, in which 2001 becomes 2000, where the standard deviation "
        "is 1.58: normalize it beforehand"
    )
    assert not said(caplog, YEARS - YEARS.mean(axis=0), *layers, functional=functional)
    assert not said(caplog, np.full((4, 2), 0.123, "float32"), *layers, functional=functional)


def test_what_a_functional_model_gives_a_layer_in_float32_is_not_rounded(caplog):
    layers = [keras.layers.Normalization(mean=2003, variance=2, dtype="float32")]
    layers.append(keras.layers.Dense(1))
    assert not said(caplog, YEARS, *layers, functional=True)
    # One that is not rounds what it is given before.
    assert said(caplog, YEARS, *layers)


def test_numbers_of_rows_are_told_of_where_a_table_is_given_rounded_ones(caplog):
    table = keras.layers.Embedding(1000, 2)
    (message,) = said(caplog, IDS, table)
    assert message.startswith(
        "bfloat16 rounds the input row, in which 999 becomes 1000: if these are the numbers of "
        "rows of an Embedding, give them as integers"
    )
    assert not said(caplog, IDS, table, functional=True)
    assert not said(caplog, IDS, keras.layers.Dense(1))
    assert not said(caplog, np.minimum(IDS, 256), table)
    assert not said(caplog, IDS.astype("int32"), table)
    # It has no such rows, or no row for them.
    assert not said(caplog, -IDS, table)
    assert not said(caplog, IDS, keras.layers.Embedding(258, 2))


def test_counts_beside_words_are_not_taken_for_rows(caplog):
    class Reader(keras.Model):
        def __init__(self):
            super().__init__()
            self.table, self.dense = keras.layers.Embedding(1000, 2), keras.layers.Dense(2)

        def call(self, inputs):
            return self.dense(inputs["counts"]) + self.table(inputs["words"])

    parts = {"counts": IDS, "words": np.array([1, 2, 3, 4]), "target": np.zeros((4, 2), "float32")}
    split = Split(parts)
    data = Dataset("rows", train=split, validation=None, test=split, inputs="counts")
    batch = BatchPreparation({"counts": "counts", "words": "words"}, "target")
    model = Reader()
    model({"counts": IDS, "words": parts["words"]})
    tell_of_rounded_inputs(model, batch, data)
    assert not caplog.messages
    split.parts["words"] = IDS[:, 0]
    tell_of_rounded_inputs(model, batch, data)
    (message,) = caplog.messages
    assert "rounds the input words, in which 999 becomes 1000" in message


def test_other_precisions_are_left_alone(caplog):
    keras.config.set_dtype_policy("float32")
    assert not said(caplog, YEARS, keras.layers.Dense(1))
    keras.config.set_dtype_policy("mixed_float16")
    assert not said(caplog, YEARS, keras.layers.Dense(1))
    assert said(caplog, 10 * YEARS, keras.layers.Dense(1))
