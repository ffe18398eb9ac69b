"""TensorBoard's event files: written by tensorboardX, and cut where a run goes on."""

import struct
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from triceras.errors import UserError
from triceras.packages import how_to_install
from triceras.runs.folder import replacing

PATTERN = "events.out.tfevents.*"
# A record: how long it is, a checksum of that, what it holds, a checksum of that.
LENGTH = struct.Struct("<Q")
CHECKSUM = 4


def import_writer() -> Any:
    """tensorboardX, without the PyTorch that it imports where that is installed.

    Raises:
        UserError: it is not installed.
    """
    # In a run of another backend it would take seconds, memory, and threads.
    hidden = "torch" not in sys.modules
    if hidden:
        sys.modules["torch"] = None  # pyright: ignore[reportArgumentType]
    try:
        import tensorboardX
        import tensorboardX.event_file_writer
        import tensorboardX.proto.plugin_hparams_pb2
    except ImportError as error:
        raise UserError(
            f"logger=tensorboard needs the package tensorboardX ({error}): "
            f"{how_to_install('tensorboard')}, or use logger=csv"
        ) from error
    finally:
        if hidden:
            del sys.modules["torch"]
    return tensorboardX


def new_writer(folder: Path) -> Any:
    """A writer of one more event file, whose name comes after those that are there."""
    folder.mkdir(exist_ok=True)
    number = len(list(folder.glob(PATTERN)))
    # The library's own name is that of any other file of the same second, which it would replace.
    return import_writer().event_file_writer.EventsWriter(str(folder / "events"), f".{number:04d}")


def cut(folder: Path, is_later: Callable[[Any], bool]) -> None:
    """Takes out of event files what a run that goes on will tell again.

    Args:
        folder: of the files.
        is_later: whether an event is of what comes after the place where the run goes on.
    """
    event_type = import_writer().proto.event_pb2.Event
    for path in sorted(folder.glob(PATTERN)):
        with replacing(path) as temporary, open(path, "rb") as old, open(temporary, "wb") as new:
            for record, content in records(old):
                if not is_later(event_type.FromString(content)):
                    new.write(record)


def records(file: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    """The records of a file, each with what it holds; a killed process may have left a part."""
    while len(head := file.read(LENGTH.size + CHECKSUM)) == LENGTH.size + CHECKSUM:
        (length,) = LENGTH.unpack(head[: LENGTH.size])
        rest = file.read(length + CHECKSUM)
        if len(rest) < length + CHECKSUM:
            return
        yield head + rest, rest[:length]
