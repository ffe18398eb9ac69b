import pytest

from triceras.commands.exported_numbers import compare
from triceras.commands.exported_readers import saved_model
from triceras.errors import UserError
from triceras.testing.exporting import ROWS, Doubling, check_two_types, of_two_types


@pytest.fixture(autouse=True)
def tensorflow(backend):
    if backend != "tensorflow":
        pytest.skip("of TensorFlow alone")


@pytest.mark.slow_on("tensorflow")
@pytest.mark.in_turn("tensorflow")
def test_a_folder_is_read_with_the_tree_and_the_types_of_its_inputs(tmp_path):
    model = of_two_types()
    model.export(str(tmp_path / "m"), verbose=False)
    check_two_types(saved_model(tmp_path / "m", model))


@pytest.mark.in_turn("tensorflow")
def test_a_branch_that_was_lost_is_found(tmp_path):
    model = Doubling()
    model(ROWS[0])
    model.export(str(tmp_path / "m"), verbose=False)
    with pytest.raises(UserError, match=r"'output' of 1 rows of the test data is up to 0\.5 of"):
        compare(model, tmp_path / "m", "tf_saved_model", ROWS)
    assert not (tmp_path / "m").exists()
