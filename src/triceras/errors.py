"""The one exception that a person, not a program, is meant to read."""

import re
import sysconfig
import traceback
from collections.abc import Iterator
from pathlib import Path

LONGEST_LINE = 300
# Keras prints a part of its messages in bold.
STYLE = re.compile(r"\x1b\[[0-9;]*m")


class UserError(Exception):
    """What is wrong, where, and what to do, in one line.

    The scripts print its message without a traceback and exit with a code that is not 0. Set
    `HYDRA_FULL_ERROR=1` to see the traceback.
    """


class DivergedError(UserError):
    """What a run reached is NaN or infinite, which counts against its setting in a report."""


def one_line(error: BaseException) -> str:
    """The message of any exception as one line of a readable length."""
    text = " ".join(STYLE.sub("", str(error)).split()) or type(error).__name__
    return text if len(text) <= LONGEST_LINE else text[: LONGEST_LINE - 1] + "…"


def place(error: BaseException) -> str:
    """Where in a person's own code an exception came up, ` (at <file>:<line>: <code>)`, or nothing.

    Args:
        error: as it was caught; if it was raised from another one, that is looked at.
    """
    for cause in causes(error):
        for frame in reversed(traceback.extract_tb(cause.__traceback__)):
            if Path(frame.filename).is_file() and is_own_file(frame.filename):
                path = Path(frame.filename)
                return f" (at {path.name}:{frame.lineno}: {frame.line})"
    return ""


def is_own_file(name: str) -> bool:
    """Whether a file is a person's own, and none of Python, a package or the engine room."""
    others = (str(Path(__file__).parent), *map(sysconfig.get_path, ("stdlib", "purelib")))
    return not name.startswith(others)


def causes(error: BaseException) -> Iterator[BaseException]:
    """An exception, the one that it was raised from, and so on."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__
