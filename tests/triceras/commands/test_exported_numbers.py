"""Files that compute something else than the model they were exported from."""

import logging

import keras
import numpy as np
import pytest

from triceras.checkpoints.keras_files import load, save
from triceras.commands import exported_numbers, exported_readers
from triceras.commands.exported_numbers import compare, distance
from triceras.errors import UserError

BATCHES = [np.linspace(-1, 1, 3 * n, dtype="float32").reshape(n, 3) for n in (1, 5, 4)]


@keras.saving.register_keras_serializable("triceras.tests")
class Drawing(keras.Model):
    """What it computes, with and without noise."""

    def __init__(self, **options):
        super().__init__(**options)
        self.dense = keras.layers.Dense(2)
        self.generator = keras.random.SeedGenerator(1)

    def build(self, shape):
        self.dense.build(shape)

    def call(self, inputs):
        mean = self.dense(inputs)
        noise = keras.random.normal(keras.ops.shape(mean), seed=self.generator)
        return {"sample": mean + noise, "mean": mean}


@pytest.fixture
def model():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, activation="tanh")])
    model(BATCHES[0])
    return model


@pytest.fixture
def reading(monkeypatch, tmp_path):
    """Has a file compute what a function does, and gives its path."""
    path = tmp_path / "m.keras"

    def read(program):
        path.write_text("")
        monkeypatch.setitem(exported_readers.READERS, "keras", lambda path, model: program)
        return path

    return read


def numbers(model, inputs):
    return keras.ops.convert_to_numpy(model(inputs))


def of(model):
    """What a model computes, from its own random numbers on."""
    return lambda inputs: keras.tree.map_structure(keras.ops.convert_to_numpy, model(inputs))


def test_a_file_that_computes_the_same_is_told_of_and_stays(model, reading):
    path = reading(lambda inputs: numbers(model, inputs) * 1.0001)
    told = compare(model, path, "keras", BATCHES)
    assert told == "compared with the model for 5 rows of the test data: within 0.0001"
    assert path.exists()


@pytest.mark.once
@pytest.mark.parametrize("count", [1, 5])
def test_a_file_that_computes_something_else_is_removed(model, reading, count):
    def program(inputs):
        return numbers(model, inputs) * (0.9 if len(inputs) == count else 1)

    path = reading(program)
    with pytest.raises(
        UserError, match=rf"m\.keras computes .*'output' of {count} rows .* 0\.1 of"
    ):
        compare(model, path, "keras", BATCHES)
    assert not path.exists()


@pytest.mark.once
def test_another_shape_is_something_else(model, reading):
    with pytest.raises(UserError, match=r"of shape \(1, 1\) where the model makes \(1, 2\)"):
        compare(model, reading(lambda inputs: numbers(model, inputs)[:, :1]), "keras", BATCHES)


@pytest.mark.once
def test_what_takes_one_example_alone_is_compared_for_that(model, reading):
    def program(inputs):
        if len(inputs) > 1:
            raise ValueError("one at a time")
        return numbers(model, inputs)

    told = compare(model, reading(program), "keras", BATCHES)
    assert "for 1 rows" in told
    assert told.endswith("it takes no batches of other sizes or lengths: ValueError: one at a time")


@pytest.mark.once
def test_what_cannot_be_used_here_stays_with_a_warning(model, reading, caplog):
    def program(inputs):
        raise NotImplementedError("bfloat16")

    path = reading(program)
    with caplog.at_level(logging.WARNING):
        assert compare(model, path, "keras", BATCHES) == "not compared with the model"
    assert "m.keras could not be used here: NotImplementedError: bfloat16" in caplog.text
    assert path.exists()


@pytest.mark.once
def test_what_cannot_be_read_here_is_said(model, tmp_path, monkeypatch):
    assert "nothing here reads format=litert" in compare(model, tmp_path, "litert", BATCHES)
    monkeypatch.setitem(exported_numbers.PACKAGES, "onnx", "no_such_package")
    assert compare(model, tmp_path, "onnx", BATCHES).endswith("pip install no_such_package")


@pytest.mark.slow_on("jax", "tensorflow")
def test_an_output_that_is_drawn_anew_is_left_out_and_the_others_are_not(tmp_path, monkeypatch):
    model, other = Drawing(), Drawing()
    for one in (model, other):
        one(BATCHES[0])
    other.dense.set_weights(model.dense.get_weights())
    save(model, tmp_path / "m.keras")
    told = compare(model, tmp_path / "m.keras", "keras", BATCHES)
    assert told == "compared with the model for 5 rows of the test data: within 0"
    read = load(tmp_path / "m.keras")
    monkeypatch.setitem(exported_readers.READERS, "keras", lambda path, model: of(read))
    told = compare(other, tmp_path / "m.keras", "keras", BATCHES)
    assert told.endswith("within 0, but for sample, in which random numbers are")
    other.dense.bias.assign([1.0, 0.0])
    with pytest.raises(UserError, match="computes something else than the model: 'mean'"):
        compare(other, tmp_path / "m.keras", "keras", BATCHES)


def test_what_a_layer_draws_out_of_training_too_is_left_to_it(reading):
    rows = keras.Input((3,))
    model = keras.Model(rows, keras.layers.Dropout(0.5)(rows, training=True))
    told = compare(model, reading(of(model)), "keras", BATCHES)
    assert told == "not compared with the model: random numbers are in all that it computes"


@pytest.mark.once
def test_where_all_is_drawn_nothing_is_said_to_be_the_same(reading):
    noise = iter(range(100))
    model = keras.layers.Lambda(lambda inputs: inputs + next(noise))
    told = compare(model, reading(lambda inputs: inputs - next(noise)), "keras", BATCHES)
    assert told == "not compared with the model: random numbers are in all that it computes"


@pytest.mark.once
def test_how_far_numbers_are_apart():
    assert distance([1.0, -4.0], [1.0, -5.0]) == pytest.approx(0.2)
    assert distance([0.1], [0.0]) == pytest.approx(0.1)
    assert distance([np.nan, np.inf, 1.0], [np.nan, np.inf, 1.0]) == 0
    assert distance([np.nan], [1.0]) == np.inf
    assert distance([1.0], [np.inf]) == np.inf
    assert distance(np.zeros((0, 2)), np.zeros((0, 2))) == 0
