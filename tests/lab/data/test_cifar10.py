import numpy as np
import pytest

from lab.data import cifar10
from triceras.errors import UserError

pytestmark = pytest.mark.once

RANDOM = np.random.default_rng(0)
USUAL = {"validation_size": 10, "split_seed": 0, "scale": True, "limit": None}


@pytest.fixture
def folder(tmp_path):
    """Files of the same form, of 20 rows each."""
    for name in (*cifar10.TRAIN, *cifar10.TEST):
        rows = RANDOM.integers(0, 256, (20, 3073)).astype("uint8")
        rows[:, 0] %= 10
        (tmp_path / name).write_bytes(rows.tobytes())
    return tmp_path


def test_pixels_are_of_their_colour_and_place(folder):
    row = np.zeros(3073, "uint8")
    row[0] = 7
    # Red in the first row and second column, blue in the last row and column.
    row[1 + 1], row[-1] = 255, 51
    (folder / "test_batch.bin").write_bytes(row.tobytes())
    data = cifar10.load(path=str(folder), **USUAL)
    image = data.test["image"][0]
    assert data.test["label"].tolist() == [7]
    assert image[0, 1].tolist() == [1, 0, 0]
    assert image[31, 31].tolist() == pytest.approx([0, 0, 0.2])
    assert np.count_nonzero(image) == 2


def test_what_it_says_of_itself(folder):
    data = cifar10.load(path=str(folder), **USUAL)
    assert [len(data.train), len(data.validation), len(data.test)] == [90, 10, 20]
    assert (data.name, data.classes, data.image_shape) == ("cifar10", 10, (32, 32, 3))
    assert data.declares["class_names"][3] == "cat"
    assert (data.train.dtype("image"), data.train.dtype("label")) == ("float32", "int32")
    grey = cifar10.load(path=str(folder), **{**USUAL, "scale": False, "limit": 5})
    assert (grey.train.dtype("image"), len(grey.train)) == ("uint8", 5)
    np.testing.assert_array_equal(grey.test["image"] / np.float32(255), data.test["image"])
    (folder / "data_batch_3.bin").write_bytes((folder / "data_batch_2.bin").read_bytes())
    assert cifar10.load(path=str(folder), **USUAL).sha256 != data.sha256


def test_what_is_not_cifar10(folder):
    def refused(message, **changes):
        with pytest.raises(UserError, match=message):
            cifar10.load(**{"path": str(folder), **USUAL, **changes})

    refused("data.scale=yes is unknown", scale="yes")
    refused("no row is left to train on", validation_size=100)
    refused("data.path=None is no path", path=None)
    file = folder / "data_batch_4.bin"
    whole = file.read_bytes()
    file.write_bytes(whole[:-1])
    refused("data_batch_4.bin has 61459 bytes; wanted are 3073 for each picture")
    file.write_bytes(b"\x0a" + whole[1:])
    refused("has labels up to 10; wanted are 0 to 9")
    file.unlink()
    refused(r"data_batch_4.bin cannot be read .*: give data.path=<folder>")
