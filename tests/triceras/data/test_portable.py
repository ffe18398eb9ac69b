import numpy as np
import pytest

from triceras.data.portable import portable
from triceras.errors import UserError

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("float64", "float32"),
        ("float32", "float32"),
        ("float16", "float16"),
        (">f4", "float32"),
        ("int64", "int32"),
        ("uint32", "int32"),
        ("uint16", "int32"),
        ("uint8", "uint8"),
        ("bool", "bool"),
    ],
)
def test_types_that_some_backend_lacks_become_narrower(given, kept):
    array = np.array([0, 1], given)
    found = portable("part", array)
    assert found.dtype == kept
    assert found.dtype.isnative
    assert found.tolist() == array.tolist()
    assert (found is array) == (given == kept)


def test_a_list_of_numbers_is_an_array():
    assert portable("part", [1, 2]).dtype == "int32"


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.array([0, 2**31]), "whole numbers from 0 to 2147483648"),
        (np.array(["a"]), "is str.*, with which no model can compute"),
        (np.array([1j]), "is complex128"),
        (np.array([None]), "is object"),
        (np.float32(1), "is one number"),
    ],
)
def test_what_no_backend_can_compute_with_is_told(array, message):
    with pytest.raises(UserError, match=f"the part 'age' .*{message}|the part 'age' {message}"):
        portable("age", array)
