import hashlib

import numpy as np
import pytest

from triceras.data.npy import portable_rows, read_npy
from triceras.data.rows_on_disk import RowsOnDisk
from triceras.errors import UserError

pytestmark = pytest.mark.once


@pytest.mark.parametrize("dtype", ["uint8", "float32", "float64", "int64", ">f4", "bool"])
@pytest.mark.parametrize("shape", [(20,), (20, 3), (20, 2, 3)])
def test_rows_on_disk_are_those_in_memory(tmp_path, dtype, shape):
    array = (np.random.default_rng(0).uniform(0, 9, shape)).astype(dtype)
    np.save(tmp_path / "x.npy", array)
    digest = hashlib.sha256()
    whole = read_npy(tmp_path / "x.npy", 1, digest)
    assert digest.hexdigest() == hashlib.sha256((tmp_path / "x.npy").read_bytes()).hexdigest()
    np.testing.assert_array_equal(whole, array)
    stored = read_npy(tmp_path / "x.npy", 0, digest)
    assert isinstance(stored, RowsOnDisk)
    assert stored.shape == shape
    assert stored.dtype == array.dtype
    np.testing.assert_array_equal(stored[:], array)
    assert portable_rows("x", array) is array
    stored = portable_rows("x", stored)
    for rows in (slice(3, 7), np.array([5, 0, 5])):
        np.testing.assert_array_equal(stored[rows], array[rows].astype(stored.dtype))
    assert stored.dtype in ("uint8", "float32", "int32", "bool")


def test_an_array_that_is_not_stored_row_by_row_is_brought_into_memory(tmp_path):
    array = np.asfortranarray(np.arange(12.0).reshape(4, 3))
    np.save(tmp_path / "x.npy", array)
    found = read_npy(tmp_path / "x.npy", 0, hashlib.sha256())
    np.testing.assert_array_equal(found, array)
    assert isinstance(found, np.ndarray)


def test_numbers_that_no_backend_has(tmp_path):
    np.save(tmp_path / "x.npy", np.array([1, 2**40]))
    stored = portable_rows("x", read_npy(tmp_path / "x.npy", 0, hashlib.sha256()))
    assert stored[:1].tolist() == [1]
    with pytest.raises(UserError, match="the part 'x' has whole numbers"):
        stored[:]


def test_what_is_never_loaded(tmp_path):
    np.save(tmp_path / "x.npy", np.array([{}], object), allow_pickle=True)
    with pytest.raises(UserError, match="Python objects, which are never loaded"):
        read_npy(tmp_path / "x.npy", 1, hashlib.sha256())


@pytest.mark.parametrize("content", [b"", b"no array", b"\x93NUMPY\x01\x00v\x00{"])
def test_what_is_damaged(tmp_path, content):
    (tmp_path / "x.npy").write_bytes(content)
    with pytest.raises(UserError, match=r"x\.npy is no \.npy file that can be read"):
        read_npy(tmp_path / "x.npy", 1, hashlib.sha256())
    with pytest.raises(UserError, match=r"y\.npy cannot be read"):
        read_npy(tmp_path / "y.npy", 1, hashlib.sha256())
