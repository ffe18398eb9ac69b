"""Fixtures for tests of data sources: files as MNIST has them, and messages."""

import contextlib
import gzip
import struct

import numpy as np
import pytest

from triceras.data.idx import FILES
from triceras.data.npz import NAMES
from triceras.errors import UserError
from triceras.testing.small.data import digits


@pytest.fixture(scope="session")
def arrays():
    """300 real training digits and 60 test digits, in the form of MNIST's files."""
    stored = digits()
    # 8x8 pixels with 17 grey levels become 28x28 with 256.
    grown = np.kron(stored["image"][:360], np.ones((3, 3))) * 15.9
    x = np.pad(grown, [(0, 0), (2, 2), (2, 2)]).astype(np.uint8)
    y = stored["label"][:360].astype(np.uint8)
    return dict(zip(NAMES, (x[:300], y[:300], x[300:], y[300:]), strict=True))


@pytest.fixture
def npz_file(arrays, tmp_path):
    """Writes an `.npz` file; what is given replaces an array, and `None` leaves one out."""

    def write(save=np.savez, **changes):
        path = tmp_path / "digits.npz"
        chosen = {**arrays, **changes}
        save(path, **{name: array for name, array in chosen.items() if array is not None})
        return path

    return write


@pytest.fixture
def idx_folder(arrays, tmp_path):
    """Writes a folder of IDX files, some of them changed, by position in `FILES`."""

    def write(compress=False, **changes):
        folder = tmp_path / "idx"
        folder.mkdir(exist_ok=True)
        for name, array in zip(FILES, {**arrays, **changes}.values(), strict=True):
            content = struct.pack(f">I{array.ndim}I", 0x800 | array.ndim, *array.shape)
            content += array.tobytes()
            if compress:
                (folder / f"{name}.gz").write_bytes(gzip.compress(content))
            else:
                (folder / name).write_bytes(content)
        return folder

    return write


@pytest.fixture
def options():
    """The options of the configs, with what is given instead."""

    def make(**changes):
        return {
            "split_seed": 0,
            "flatten": True,
            "scale": True,
            "binarize": "none",
            "limit": None,
            **changes,
        }

    return make


@pytest.fixture
def refuses():
    """Expects a `UserError` of one line that says what is wrong, where, and what to do."""

    @contextlib.contextmanager
    def expect(*, what, where, do):
        with pytest.raises(UserError) as caught:
            yield
        message = str(caught.value)
        assert message.isprintable()
        for part in (what, str(where), do):
            assert part in message

    return expect
