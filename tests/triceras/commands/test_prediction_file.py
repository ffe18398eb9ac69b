import numpy as np
import pytest

from triceras.commands.prediction_file import written

pytestmark = pytest.mark.once


def test_an_output_of_the_name_of_the_row_numbers_has_another(tmp_path):
    path = tmp_path / "found.npz"
    with written(path, np.array([7, 5])) as write:
        write({"row": np.array([0.7, 0.5]), "column": np.array([1.0, 2.0])})
    found = np.load(path)
    assert found["row"].tolist() == [5, 7]
    assert found["output_row"].tolist() == [0.5, 0.7]
    assert found["column"].tolist() == [2.0, 1.0]
