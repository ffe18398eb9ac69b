import hashlib

import numpy as np
import pytest

from triceras.data.array_files import by_split, read
from triceras.data.rows_on_disk import RowsOnDisk
from triceras.errors import UserError

pytestmark = pytest.mark.once

X, Y = np.arange(12.0).reshape(6, 2), np.array(list("abcabc"))


def test_an_npz_file(tmp_path):
    np.savez(tmp_path / "a.npz", x=X, y=Y)
    arrays, sha256 = read(tmp_path / "a.npz", None)
    assert list(arrays) == ["x", "y"]
    np.testing.assert_array_equal(arrays["x"], X)
    np.testing.assert_array_equal(arrays["y"], Y)
    assert sha256 == hashlib.sha256((tmp_path / "a.npz").read_bytes()).hexdigest()


def test_a_folder_of_npy_files_of_which_large_ones_stay_on_disk(tmp_path):
    np.save(tmp_path / "y.npy", Y)
    np.save(tmp_path / "x.npy", np.zeros((1000, 200)))
    (tmp_path / "notes.txt").write_text("more")
    arrays, sha256 = read(tmp_path, None, memory_mb=1)
    assert isinstance(arrays["x"], RowsOnDisk)
    np.testing.assert_array_equal(arrays["y"], Y)
    content = b"".join((tmp_path / f"{name}.npy").read_bytes() for name in "xy")
    assert sha256 == hashlib.sha256(content).hexdigest()


def test_a_table(tmp_path):
    (tmp_path / "a.csv").write_text("x,y\n1,2\n3,4\n")
    assert read(tmp_path / "a.csv", {"z": "y"}, 1)[0]["z"].tolist() == [2, 4]


def test_names_say_the_split_or_do_not():
    assert by_split({"x": 1, "x_y": 2}, "here") == {"train": {"x": 1, "x_y": 2}}
    named = {"x_train": 1, "a_b_train": 2, "x_test": 3, "a_b_test": 4}
    assert by_split(named, "here") == {"train": {"x": 1, "a_b": 2}, "test": {"x": 3, "a_b": 4}}
    with pytest.raises(UserError, match="here has x_train, of one split, and y, of none: name all"):
        by_split({"x_train": 1, "y": 2}, "here")
    with pytest.raises(UserError, match="here has x_test, and nothing to train on"):
        by_split({"x_test": 1}, "here")


def test_what_cannot_be_read(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "pickle.npz").write_bytes(b"\x80\x04")
    np.savez(tmp_path / "objects.npz", x=np.array([{}], object))
    (tmp_path / "cut.npz").write_bytes((tmp_path / "objects.npz").read_bytes()[:60])
    for path, message in (
        (tmp_path / "none", "does not exist: check its spelling, or give an .npz file"),
        (tmp_path / "empty", "is a folder without .npy files"),
        (tmp_path / "pickle.npz", "is none of the files that can be read"),
        (tmp_path / "objects.npz", "x holds Python objects, which are never loaded"),
        (tmp_path / "cut.npz", "is damaged or incomplete"),
        ("/dev/null", "is not a regular file"),
        ("a\nb", "is no path"),
        ("", "is no path"),
        (None, "data.path='None' is no path: give an .npz file"),
    ):
        with pytest.raises(UserError, match=message) as told:
            read(path, None)
        assert "\n" not in str(told.value)
    np.savez(tmp_path / "a.npz", x=X)
    with pytest.raises(UserError, match=r"data.parts says which columns of a table"):
        read(tmp_path / "a.npz", {"x": "x"})
