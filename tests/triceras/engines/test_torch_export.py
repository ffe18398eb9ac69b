import logging

import keras
import numpy as np
import pytest

from triceras.commands.exported_numbers import compare
from triceras.errors import UserError

ROWS = [np.linspace(-1, 1, 3 * n, dtype="float32").reshape(n, 3) for n in (1, 5)]


class Doubling(keras.Model):
    """Something else for one example than for several, decided by Python."""

    def build(self, shape):
        pass

    def call(self, inputs):
        return inputs * (2.0 if inputs.shape[0] == 1 else 1.0)


class Counting(keras.Model):
    """Computes with the number of examples, in Python."""

    def build(self, shape):
        pass

    def call(self, inputs):
        return inputs / int(inputs.shape[0])


@pytest.fixture(autouse=True)
def torch(backend):
    if backend != "torch":
        pytest.skip("of PyTorch alone")


def exported(model, path):
    from triceras.engines.torch_export import as_program

    as_program(model, lambda **o: model.export(path, format="torch", verbose=False, **o))
    return path


@pytest.mark.slow_on("torch")
@pytest.mark.in_turn("torch")
def test_a_program_is_read_with_the_tree_and_the_types_of_its_inputs(tmp_path):
    from triceras.engines.torch_export import read_program

    rows = {"b": keras.Input((2,), dtype="int32", name="b"), "a": keras.Input((2,), name="a")}
    outputs = {"sum": rows["a"] + keras.ops.cast(rows["b"], "float32"), "a": rows["a"] * 2.0}
    path = exported(keras.Model(rows, outputs), tmp_path / "m.pt2")
    given = {"a": np.full((3, 2), 0.5), "b": np.ones((3, 2), "uint8")}
    found = read_program(path, ["float32", "int32"])(given)
    np.testing.assert_array_equal(found["sum"], np.full((3, 2), 1.5))
    np.testing.assert_array_equal(found["a"], np.ones((3, 2)))


@pytest.mark.in_turn("torch")
def test_a_branch_that_was_lost_is_found(tmp_path):
    model = Doubling()
    model(ROWS[0])
    with pytest.raises(UserError, match=r"'output' of 1 rows of the test data is up to 0\.5 of"):
        compare(model, exported(model, tmp_path / "m.pt2"), "torch", ROWS)
    assert not (tmp_path / "m.pt2").exists()


@pytest.mark.in_turn("torch")
def test_a_model_that_is_traced_for_one_example_alone_is_told_of(tmp_path, caplog):
    model = Counting()
    model(ROWS[0])
    with caplog.at_level(logging.WARNING):
        path = exported(model, tmp_path / "m.pt2")
    assert "batches of one example alone" in caplog.text
    assert "it takes no batches of other sizes" in compare(model, path, "torch", ROWS)


@pytest.mark.in_turn("torch")
def test_inputs_of_several_lengths_stay_so(tmp_path):
    series = keras.Input((None, 2))
    model = keras.Model(series, keras.layers.GlobalAveragePooling1D()(series))
    lengths = [np.ones((1, 4, 2), "float32"), np.ones((3, 7, 2), "float32")]
    path = exported(model, tmp_path / "m.pt2")
    assert compare(model, path, "torch", lengths).endswith("for 3 rows of the test data: within 0")
