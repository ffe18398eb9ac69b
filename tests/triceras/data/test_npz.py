import hashlib
import pickle
import zipfile

import numpy as np
import pytest

from triceras.data.npz import NAMES, arrays_of, read
from triceras.errors import UserError

pytestmark = pytest.mark.once


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_what_was_saved_is_read(save, npz_file, arrays):
    path = npz_file(save)
    source = read(path)
    assert source.test is not None
    found = source.train["image"], source.train["label"], source.test["image"], source.test["label"]
    for array, name in zip(found, NAMES, strict=True):
        np.testing.assert_array_equal(array, arrays[name])
    assert source.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_other_arrays_in_the_file_do_not_matter(npz_file):
    assert len(read(npz_file(more=np.zeros(3))).train) == 300


def test_an_empty_file(tmp_path, refuses):
    path = tmp_path / "empty.npz"
    path.touch()
    with refuses(what="is empty", where=path, do="copy or download it again"):
        read(path)


@pytest.mark.parametrize("content", [b"x,y\n1,2\n", b"\x93NUMPY\x01\x00", b"\x1f\x8b\x08\x00"])
def test_another_kind_of_file(content, tmp_path, refuses):
    path = tmp_path / "other.npz"
    path.write_bytes(content)
    with refuses(what="is not an .npz file", where=path, do=f"with {', '.join(NAMES)}"):
        read(path)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@pytest.mark.parametrize("share", [0.001, 0.5, 0.999])
def test_a_truncated_file(share, save, npz_file, refuses):
    path = npz_file(save)
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content)) + 2])
    with refuses(what="is damaged or incomplete", where=path, do="copy or download it again"):
        read(path)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_a_damaged_array(save, npz_file, refuses):
    path = npz_file(save)
    content = bytearray(path.read_bytes())
    for position in range(2000, 2100):
        content[position] ^= 0xFF
    path.write_bytes(content)
    with refuses(
        what="is damaged or incomplete at x_train", where=path, do="copy or download it again"
    ):
        read(path)


def test_a_member_that_is_shorter_than_the_file_says(npz_file, refuses):
    path = npz_file(np.savez_compressed)
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        size = archive.getinfo("x_train.npy").file_size
    # In the directory at the end, which is what counts.
    at = content.rindex(size.to_bytes(4, "little"))
    content[at : at + 4] = (size + 1000).to_bytes(4, "little")
    path.write_bytes(content)
    with refuses(what="damaged or incomplete at x_train", where=path, do="copy or download it"):
        read(path)


@pytest.mark.parametrize("order", "CF")
@pytest.mark.parametrize("kind", ["<f4", ">i2", "?", "<U3", "<M8[s]", "<c8"])
@pytest.mark.parametrize("shape", [(), (0, 3), (1,), (40, 3, 2)])
def test_arrays_of_all_kinds(shape, kind, order, tmp_path):
    values = np.random.default_rng(0).integers(0, 2, shape).astype(kind)
    np.savez_compressed(tmp_path / "a.npz", a=np.asarray(values, order=order))
    found = arrays_of((tmp_path / "a.npz").read_bytes(), "a.npz")["a"]
    assert found.dtype == kind
    assert found.flags.writeable
    np.testing.assert_array_equal(found, values)


def test_no_damage_escapes(npz_file, tmp_path):
    """Whatever bytes a file has, it is read or refused in one line."""
    small = np.zeros((2, 28, 28), "uint8")
    changes = {name: small if name.startswith("x") else small[:, 0, 0] for name in NAMES}
    path = npz_file(np.savez_compressed, **changes)
    good = path.read_bytes()
    random = np.random.default_rng(0)
    messages = []
    for _ in range(300):
        content = bytearray(good)
        for position in random.integers(0, len(content), 3):
            content[position] = random.integers(256)
        path.write_bytes(content)
        try:
            read(path)
        except UserError as error:
            messages.append(str(error))
    assert len(messages) > 100
    assert all(message.isprintable() for message in messages)


def test_missing_arrays(npz_file, refuses):
    path = npz_file(x_test=None, y_test=None, images=np.zeros(2))
    with refuses(
        what="has no x_test, y_test; it has x_train, y_train, images",
        where=path,
        do="name its arrays x_train, y_train, x_test, y_test",
    ):
        read(path)


def test_no_array_at_all(tmp_path, refuses):
    path = tmp_path / "nothing.npz"
    np.savez(path)
    with refuses(what="it has nothing", where=path, do="name its arrays"):
        read(path)


class Trap:
    """Leaves a trace when it is unpickled."""

    sprung = False

    def __reduce__(self):
        return spring, ()


def spring():
    Trap.sprung = True


@pytest.mark.parametrize("name", NAMES)
def test_pickled_objects_are_never_loaded(name, npz_file, refuses):
    assert pickle.loads(pickle.dumps(Trap())) is None
    assert Trap.sprung
    Trap.sprung = False
    path = npz_file(**{name: np.array([Trap()], dtype=object)})
    with refuses(
        what=f"{name} holds Python objects, which are never loaded",
        where=path,
        do="save it as an array of numbers",
    ):
        read(path)
    assert not Trap.sprung


def test_a_member_that_is_no_array(npz_file, refuses):
    import zipfile

    path = npz_file(y_test=None)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("y_test", pickle.dumps(Trap()))
    Trap.sprung = False
    with refuses(what="y_test is not an array", where=path, do="with numpy.savez"):
        read(path)
    assert not Trap.sprung


def test_the_arrays_are_checked(npz_file, arrays, refuses):
    path = npz_file(x_test=arrays["x_test"].astype("float32"))
    with refuses(what="x_test is float32", where=path, do="wanted is uint8"):
        read(path)
    path = npz_file(y_train=arrays["y_train"] + 1)
    with refuses(what="y_train has labels from 1 to 10", where=path, do="wanted are 0 to 9"):
        read(path)


def test_a_file_that_may_not_be_read(npz_file, refuses, monkeypatch):
    path = npz_file()

    def denied(self):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.read_bytes", denied)
    with refuses(what="Permission denied", where=path, do="check its rights"):
        read(path)
