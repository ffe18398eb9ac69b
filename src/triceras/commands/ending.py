"""Ends a command's process without taking apart, object by object, what the frameworks built.

Python frees all modules and objects before it ends, which after a run takes half a second on JAX
and nearly one on TensorFlow and PyTorch. The system frees the same at once.
"""

import atexit
import contextlib
import gc
import io
import os
import sys
import threading
from collections.abc import Callable
from typing import Any

# Seconds that files are waited for: who writes into a full pipe may never get on.
PATIENCE = 5

STANDARD = ("stdin", "stdout", "stderr", "__stdin__", "__stdout__", "__stderr__")


def soon(code: int) -> None:
    """Has the process end as soon as Python has left the script, with this exit code.

    What was registered to be done at the end (`atexit`) is done, threads that are no daemons end
    first, and files that nobody has closed are closed, as Python does all of that itself.

    Args:
        code: what the script hands to `sys.exit`.
    """
    atexit.register(end, code)


def end(code: int, leave: Callable[[int], Any] = os._exit) -> None:
    """Does what is to be done at the end, and leaves; does not where output cannot be written."""
    atexit.unregister(end)
    atexit._run_exitfuncs()
    closing = threading.Thread(target=close_files, daemon=True)
    closing.start()
    closing.join(PATIENCE)
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (AttributeError, OSError, ValueError):
        return  # Python tells it, and ends as it does then
    leave(code)


def close_files() -> None:
    """Closes the files that are still open for writing; one that a thread reads cannot be."""
    standard = {id(getattr(sys, name, None)) for name in STANDARD}
    gc.unfreeze()
    # By their types alone: some objects load a module where their class is asked for.
    found = [each for each in gc.get_objects() if issubclass(type(each), io.IOBase)]
    for file in sorted(found, key=depth):
        with contextlib.suppress(Exception):  # it may be closed, or the disk full
            if id(file) not in standard and not is_of_standard(file) and file.writable():
                file.close()


def depth(file: Any) -> int:
    """How near to the disk a file is: what writes into others, as text does, is closed first."""
    nearer = (io.TextIOBase, io.BufferedWriter, io.BufferedRandom, io.RawIOBase)
    return next(
        (i for i, kind in zip((0, 2, 2, 3), nearer, strict=True) if isinstance(file, kind)), 1
    )


def is_of_standard(file: Any) -> bool:
    """Whether a file is a part of the standard output or input."""
    with contextlib.suppress(Exception):
        return file.fileno() in (0, 1, 2)
    return False
