"""A checksum within a zip archive: its comment, the last bytes, is the SHA-256 of all before them.

Whoever reads zip archives reads it as any other.
"""

import hashlib
import zipfile
from pathlib import Path

from triceras.errors import UserError

DIGEST_LENGTH = 64
PLACE = b"0" * DIGEST_LENGTH


class DamagedFileError(UserError):
    """A file is not, byte for byte, what was written."""


def sealed(content: bytes | memoryview) -> bytes:
    """An archive, whose comment is `PLACE`, with its checksum in the place of the comment."""
    return b"".join([content[:-DIGEST_LENGTH], digest(content)])


def digest(content: bytes | memoryview) -> bytes:
    """The checksum of all of an archive but its comment."""
    return hashlib.sha256(memoryview(content)[:-DIGEST_LENGTH]).hexdigest().encode()


def seal_file(path: Path) -> None:
    """Gives an archive on the disk its checksum."""
    with zipfile.ZipFile(path, "a") as archive:
        archive.comment = PLACE
    path.write_bytes(sealed(path.read_bytes()))


def check_seal(content: bytes, path: Path) -> None:
    """Checks that the content of a file is what was sealed.

    Raises:
        DamagedFileError: a byte is missing or is not what it was.
    """
    if content[-DIGEST_LENGTH:] != digest(content):
        raise DamagedFileError(f"{path} is damaged: its checksum is not that of its content")
