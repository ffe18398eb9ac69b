import gzip
import hashlib
import struct

import numpy as np
import pytest

from triceras.data.idx import FILES, read
from triceras.data.rows_on_disk import RowsOnDisk
from triceras.errors import UserError

pytestmark = pytest.mark.once

AGAIN = "copy or download it again"


@pytest.mark.parametrize("compress", [False, True])
def test_what_was_saved_is_read(compress, idx_folder, arrays):
    folder = idx_folder(compress)
    source = read(folder)
    assert source.test is not None
    found = source.train["image"], source.train["label"], source.test["image"], source.test["label"]
    for array, expected in zip(found, arrays.values(), strict=True):
        np.testing.assert_array_equal(array, expected)
    names = [f"{name}.gz" if compress else name for name in FILES]
    content = b"".join((folder / name).read_bytes() for name in names)
    assert source.sha256 == hashlib.sha256(content).hexdigest()


def test_plain_and_compressed_files_may_be_mixed(idx_folder):
    folder = idx_folder()
    name = folder / FILES[2]
    (folder / f"{FILES[2]}.gz").write_bytes(gzip.compress(name.read_bytes()))
    name.unlink()
    assert len(read(folder).test) == 60


def test_an_empty_folder(tmp_path, refuses):
    with refuses(what=", ".join(FILES), where=tmp_path, do="put the files there"):
        read(tmp_path)


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file(name, idx_folder, refuses):
    folder = idx_folder()
    (folder / name).unlink()
    with refuses(what=f"without {name} (", where=folder, do="or give an .npz file"):
        read(folder)


@pytest.mark.parametrize("size", [0, 15])
def test_a_file_without_a_whole_header(size, idx_folder, refuses):
    folder = idx_folder()
    path = folder / FILES[0]
    path.write_bytes(path.read_bytes()[:size])
    with refuses(what=f"is incomplete, {size} bytes", where=path, do=AGAIN):
        read(folder)


@pytest.mark.parametrize("change", [-1, 1])
def test_a_file_of_another_length_than_it_announces(change, idx_folder, refuses):
    folder = idx_folder()
    path = folder / FILES[3]
    content = path.read_bytes()
    path.write_bytes(content[:change] if change < 0 else content + b"\0")
    with refuses(what=f"announces 60 bytes of data and has {60 + change}", where=path, do=AGAIN):
        read(folder)


@pytest.mark.parametrize("magic", [0, 0x801, 0xD03, 0x1F8B0800])
def test_another_kind_of_file(magic, idx_folder, refuses):
    folder = idx_folder()
    path = folder / FILES[0]
    path.write_bytes(struct.pack(">I", magic) + path.read_bytes()[4:])
    with refuses(what=f"it starts with {magic:#010x}, wanted is 0x00000803", where=path, do=AGAIN):
        read(folder)


@pytest.mark.parametrize("shape", [(0, 28, 28), (0, 2**32 - 1, 2**32 - 1), (5, 0, 28)])
def test_a_file_of_nothing(shape, idx_folder, refuses):
    folder = idx_folder()
    path = folder / FILES[0]
    path.write_bytes(struct.pack(">4I", 0x803, *shape))
    with refuses(what=f"is empty, of shape {shape}", where=path, do=AGAIN):
        read(folder)


def test_a_huge_shape_is_refused_without_memory(idx_folder, refuses):
    folder = idx_folder()
    path = folder / FILES[0]
    path.write_bytes(struct.pack(">4I", 0x803, *[2**32 - 1] * 3))
    with refuses(what="announces 79228162458924105385300197375 bytes", where=path, do=AGAIN):
        read(folder)


@pytest.mark.parametrize("damage", ["truncated", "flipped", "not gzip"])
def test_a_damaged_compressed_file(damage, idx_folder, refuses):
    folder = idx_folder(compress=True)
    path = folder / f"{FILES[0]}.gz"
    content = bytearray(path.read_bytes())
    if damage == "truncated":
        content = content[:-10]
    elif damage == "flipped":
        content[len(content) // 2] ^= 0xFF
    else:
        content[0] = 0
    path.write_bytes(content)
    with refuses(what="is damaged or incomplete", where=path, do=AGAIN):
        read(folder)


def test_no_damage_escapes(idx_folder):
    """Whatever bytes a file has, it is read or refused in one line."""
    small = np.zeros((2, 28, 28), "uint8")
    folder = idx_folder(True, x_train=small, y_train=small[:, 0, 0])
    path = folder / f"{FILES[0]}.gz"
    good = path.read_bytes()
    random = np.random.default_rng(0)
    messages = []
    for _ in range(300):
        content = bytearray(good)
        for position in random.integers(0, len(content), 3):
            content[position] = random.integers(256)
        path.write_bytes(content)
        try:
            read(folder)
        except UserError as error:
            messages.append(str(error))
    assert len(messages) > 100
    assert all(message.isprintable() for message in messages)


def test_the_arrays_are_checked(idx_folder, arrays, refuses):
    folder = idx_folder(y_train=arrays["y_train"][:-1])
    with refuses(
        what="has 300 images and train-labels-idx1-ubyte has 299 labels",
        where=f"data.path={folder}",
        do="make the file anew",
    ):
        read(folder)
    folder = idx_folder(x_test=arrays["x_test"][:, :20])
    with refuses(
        what="t10k-images-idx3-ubyte is uint8 of shape (60, 20, 28)",
        where=f"data.path={folder}",
        do="wanted is",
    ):
        read(folder)


@pytest.mark.parametrize("function", ["pathlib.Path.read_bytes", "pathlib.Path.is_file"])
def test_what_may_not_be_read(function, idx_folder, refuses, monkeypatch):
    folder = idx_folder()

    def denied(self):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(function, denied)
    with refuses(what="Permission denied", where=folder, do="check its rights"):
        read(folder)


def test_large_files_stay_on_disk(idx_folder, arrays):
    folder = idx_folder()
    whole, source = read(folder), read(folder, memory_mb=0.1)
    assert isinstance(source.train["image"], RowsOnDisk)
    assert isinstance(source.test["image"], np.ndarray)
    np.testing.assert_array_equal(source.train["image"][:], arrays["x_train"])
    assert source.sha256 == whole.sha256


def test_a_damaged_file_is_not_left_on_disk(idx_folder, refuses):
    folder = idx_folder()
    path = folder / FILES[0]
    path.write_bytes(path.read_bytes()[:-1])
    with refuses(what="announces 235200 bytes of data and has 235199", where=path, do=AGAIN):
        read(folder, memory_mb=0.1)
