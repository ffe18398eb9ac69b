import zipfile

import pytest

from triceras.checkpoints.seal import DamagedFileError, check_seal, seal_file
from triceras.testing.damage import damages

pytestmark = pytest.mark.once


@pytest.fixture
def path(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("name", "text" * 100)
    seal_file(tmp_path / "a.zip")
    return tmp_path / "a.zip"


def test_others_read_a_sealed_archive(path):
    check_seal(path.read_bytes(), path)
    with zipfile.ZipFile(path) as archive:
        assert archive.read("name") == b"text" * 100
        assert archive.testzip() is None


def test_every_bit_is_covered(path):
    content = path.read_bytes()
    for position in range(8 * len(content)):
        damaged = bytearray(content)
        damaged[position // 8] ^= 1 << position % 8
        with pytest.raises(DamagedFileError):
            check_seal(bytes(damaged), path)


def test_damages_are_named(path):
    for damaged in damages(path.read_bytes()):
        with pytest.raises(DamagedFileError, match=r"a\.zip is damaged: its checksum"):
            check_seal(damaged, path)


def test_sealed_twice_is_as_sealed_once(path):
    before = path.read_bytes()
    seal_file(path)
    assert path.read_bytes() == before
