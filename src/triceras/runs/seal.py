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
    body = content[:-DIGEST_LENGTH]
    return b"".join([body, hashlib.sha256(body).hexdigest().encode()])


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
    if content != sealed(content):
        raise DamagedFileError(f"{path} is damaged: its checksum is not that of its content")
