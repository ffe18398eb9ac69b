import ml_dtypes
import numpy as np
import pytest

from triceras.checkpoints import state_file
from triceras.checkpoints.seal import DamagedFileError
from triceras.checkpoints.state_file import read_state, write_state
from triceras.errors import UserError
from triceras.testing.damage import damages

pytestmark = pytest.mark.once

ARRAYS = {
    "model/00000": np.arange(600, dtype="float32").reshape(20, 30) / 7,
    "optimizer/loss/00000": np.array(3, "int64"),
    "callbacks/0": np.array([np.inf, np.nan]),
    "brain": np.array([1.5, -2], ml_dtypes.bfloat16),
    "empty": np.zeros((0, 3), "uint8"),
}
DOCUMENT = {"position": {"step": 12}, "best": float("inf"), "text": "ä"}


@pytest.fixture
def path(tmp_path):
    write_state(tmp_path / "state.npz", ARRAYS, DOCUMENT)
    return tmp_path / "state.npz"


def test_what_is_read_is_what_was_written(path):
    arrays, document = read_state(path)
    assert document == DOCUMENT
    assert arrays.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        assert (arrays[name].dtype, arrays[name].shape) == (array.dtype, array.shape)
        assert arrays[name].tobytes() == array.tobytes()


def test_numpy_opens_it_without_pickle(path):
    with np.load(path, allow_pickle=False) as archive:
        np.testing.assert_array_equal(archive["model/00000"], ARRAYS["model/00000"])


def test_objects_are_refused(tmp_path):
    with pytest.raises((ValueError, TypeError)):
        write_state(tmp_path / "state.npz", {"a": np.array([object()])}, {})
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_file_is_named(path):
    for damaged in damages(path.read_bytes()):
        path.write_bytes(damaged)
        with pytest.raises(DamagedFileError, match=r"state\.npz is damaged"):
            read_state(path)


def test_every_part_of_the_file_is_covered(path):
    content = path.read_bytes()
    # The first byte, the checksum's last digit, and the zip directory before it.
    for position in (0, len(content) - 1, len(content) - 70):
        damaged = bytearray(content)
        damaged[position] ^= 1
        path.write_bytes(damaged)
        with pytest.raises(DamagedFileError):
            read_state(path)


def test_another_version_is_named(tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(state_file, "VERSION", 9)
        write_state(tmp_path / "state.npz", ARRAYS, DOCUMENT)
    with pytest.raises(UserError, match="version 9 of the format"):
        read_state(tmp_path / "state.npz")


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(UserError, match=r"cannot read .*nowhere: No such file"):
        read_state(tmp_path / "nowhere")
