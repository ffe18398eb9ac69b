import logging

import keras
import numpy as np
import pytest

from triceras.commands.exported_numbers import compare
from triceras.commands.exported_readers import program_of_torch
from triceras.errors import UserError
from triceras.testing.exporting import ROWS, Doubling, check_two_types, of_two_types


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
    model = of_two_types()
    check_two_types(program_of_torch(exported(model, tmp_path / "m.pt2"), model))


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
