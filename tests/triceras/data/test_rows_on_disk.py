import numpy as np
import pytest

from triceras.data.rows_on_disk import RowsOnDisk

pytestmark = pytest.mark.once


@pytest.fixture
def images():
    return np.random.default_rng(0).integers(0, 256, (20, 4, 3)).astype("uint8")


@pytest.fixture
def stored(images, tmp_path):
    path = tmp_path / "images"
    path.write_bytes(b"head" + images.tobytes())
    return RowsOnDisk(path, 4, (4, 3), np.arange(20))


def test_rows_come_as_they_are_stored(stored, images):
    assert (stored.shape, stored.dtype, len(stored)) == (images.shape, images.dtype, 20)
    assert stored.nbytes == images.nbytes
    for index in (slice(None), slice(3, 7), slice(18, 40), np.array([5, 0, 5]), np.array([-1])):
        np.testing.assert_array_equal(stored[index], images[index])
    np.testing.assert_array_equal(np.asarray(stored), images)


def test_rows_are_picked_and_prepared(stored, images):
    picked = RowsOnDisk(
        stored.path,
        stored.offset,
        stored.row_shape,
        np.array([7, 3, 11]),
        lambda rows, numbers: rows.reshape(len(rows), -1) + np.float32(0.5) * numbers[:, None],
    )
    flat = images.reshape(20, -1)
    np.testing.assert_array_equal(picked[np.array([2, 1])], flat[[11, 3]] + [[1.0], [0.5]])
    assert picked.shape == (3, 12)
    assert picked.dtype == np.float64
    np.testing.assert_array_equal(stored.pick(np.array([4, 2])).pick(np.array([1]))[:], images[[2]])


def test_a_file_that_became_shorter(stored, refuses):
    stored.path.write_bytes(stored.path.read_bytes()[:-1])
    with refuses(what="has become shorter", where=stored.path, do="put it back"):
        stored[:]


def test_a_file_that_is_gone(stored, refuses):
    stored.path.unlink()
    with refuses(what="cannot be read any more", where=stored.path, do="No such file"):
        stored[:]
