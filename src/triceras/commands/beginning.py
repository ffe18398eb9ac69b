"""Begins a command's process: a Ctrl-C while it imports, or a reader that leaves, is no traceback.

It is there before anything else is imported, so it imports nothing that takes time.
"""

import errno
import io
import os
import signal
import sys
from types import TracebackType
from typing import Any, TextIO

INTERRUPTED = 130
# Of a pipe that nobody reads any more, and of a terminal that has been closed.
NOBODY_READS = (errno.EPIPE, errno.EIO)

# The signals that have come, of which a library may keep to itself what they raise.
heard: list[int] = []


class Lasting(io.FileIO):
    """Standard output that goes on into nothing once nobody reads it.

    A run of hours is not to end because `head` has seen enough: its files are what counts. Only
    here is it the same for whoever prints: Rich, for one, exits when it is told of a broken pipe.
    """

    def write(self, data, /) -> int | None:  # pyright: ignore[reportIncompatibleMethodOverride]
        try:
            return super().write(data)
        except OSError as error:
            if error.errno not in NOBODY_READS:
                raise
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, self.fileno())
        os.close(nothing)
        return super().write(data)


def begin() -> None:
    """Has this process outlast those who read its output, and tell of a Ctrl-C in a word."""
    sys.stdout, sys.stderr = lasting(sys.stdout), lasting(sys.stderr)
    sys.excepthook = tell
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, interrupt)


def interrupt(number: int, frame: Any) -> None:
    """What handles Ctrl-C until a run does: as Python would, and it is not forgotten."""
    heard.append(number)
    raise KeyboardInterrupt


def check_heard() -> None:
    """Ends the command where Ctrl-C was pressed before, and something went on regardless.

    Raises:
        KeyboardInterrupt: it was.
    """
    if heard:
        raise KeyboardInterrupt


def lasting(stream: TextIO) -> TextIO:
    """A standard stream that outlasts its readers; one of a notebook or a test as it is.

    Args:
        stream: `sys.stdout` or `sys.stderr`, which is `None` where the process has none.
    """
    if not isinstance(stream, io.TextIOWrapper):
        return stream
    buffer = stream.buffer
    if type(getattr(buffer, "raw", buffer)) is not io.FileIO:
        return stream
    stream.flush()
    file = Lasting(stream.fileno(), "wb", closefd=False)
    # As Python makes them, of which one alone is there where `PYTHONUNBUFFERED` is set.
    written: Any = file if type(buffer) is io.FileIO else io.BufferedWriter(file)
    return io.TextIOWrapper(
        written,
        stream.encoding,
        stream.errors,
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )


def tell(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    """What Python calls with an exception that nothing caught."""
    if not issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, traceback)
        return
    print("interrupted", file=sys.stderr)
    raise SystemExit(INTERRUPTED)
