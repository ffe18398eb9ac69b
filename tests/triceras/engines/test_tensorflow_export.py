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


@pytest.fixture(autouse=True)
def tensorflow(backend):
    if backend != "tensorflow":
        pytest.skip("of TensorFlow alone")


@pytest.mark.slow_on("tensorflow")
@pytest.mark.in_turn("tensorflow")
def test_a_folder_is_read_with_the_tree_and_the_types_of_its_inputs(tmp_path):
    from triceras.engines.tensorflow_export import read_saved_model

    rows = {"b": keras.Input((2,), dtype="int32", name="b"), "a": keras.Input((2,), name="a")}
    outputs = {"sum": rows["a"] + keras.ops.cast(rows["b"], "float32"), "a": rows["a"] * 2.0}
    keras.Model(rows, outputs).export(str(tmp_path / "m"), verbose=False)
    given = {"a": np.full((3, 2), 0.5), "b": np.ones((3, 2), "uint8")}
    found = read_saved_model(tmp_path / "m", ["float32", "int32"])(given)
    np.testing.assert_array_equal(found["sum"], np.full((3, 2), 1.5))
    np.testing.assert_array_equal(found["a"], np.ones((3, 2)))


@pytest.mark.in_turn("tensorflow")
def test_a_branch_that_was_lost_is_found(tmp_path):
    model = Doubling()
    model(ROWS[0])
    model.export(str(tmp_path / "m"), verbose=False)
    with pytest.raises(UserError, match=r"'output' of 1 rows of the test data is up to 0\.5 of"):
        compare(model, tmp_path / "m", "tf_saved_model", ROWS)
    assert not (tmp_path / "m").exists()
