"""Ends a command's process without taking apart, object by object, what the frameworks built.

Python frees all modules and objects before it ends, which after a run takes half a second on JAX
and nearly one on TensorFlow and PyTorch. Here it frees what is the user's, as files are closed and
finished by that, and leaves what libraries hold to the system.
"""

import atexit
import contextlib
import gc
import io
import os
import re
import signal
import sys
import sysconfig
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

# Seconds that files are waited for: who writes into a full pipe may never get on.
PATIENCE = 60

PLACES = ("stdlib", "platstdlib", "purelib", "platlib")
INSTALLED = tuple(sysconfig.get_path(place) for place in PLACES)
OURS = str(Path(__file__).parents[1])
# What tells of this process's files on Linux, and those into which nothing is written that is kept.
OPENED = Path("/proc/self")
WRITTEN = re.compile(r"^flags:\s*[0-7]*[12]$", re.M)
NOT_KEPT = ("anon_inode:", "/dev/null")
# What a module defines stays, as what is freed may need it once more.
DEFINITIONS = (ModuleType, FunctionType, type)


def soon(code: int) -> None:
    """Has the process end as soon as Python has left the script, with this exit code.

    What was registered to be done at the end (`atexit`) is done, and threads that are no daemons
    end first, as always. What modules of the user hold is freed then, and what nobody holds any
    more, so that `__del__` is called; files that are still open for writing are closed. What a
    library holds is not freed.

    Args:
        code: what the script hands to `sys.exit`.
    """
    atexit.register(end, code)


def end(code: int, leave: Callable[[int], Any] = os._exit) -> None:
    """Does what is to be done at the end, and leaves; does not where output cannot be written."""
    atexit.unregister(end)
    # Done below, where little is left to be looked through; see `triceras.collecting`.
    atexit.unregister(gc.unfreeze)
    atexit._run_exitfuncs()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    tidying = threading.Thread(target=tidy, daemon=True)
    tidying.start()
    tidying.join(PATIENCE)
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (AttributeError, OSError, ValueError):
        return  # Python tells it, and ends as it does then
    leave(code)


def tidy() -> None:
    """Frees what is the user's, and closes files.

    To look through all objects, most of them made by imports, takes 0.2 to 0.3 s, so that is done
    where there is something to be found.
    """
    # Of threads that go on meanwhile, which Python would have stopped here.
    threading.excepthook = lambda _: None
    modules = list(modules_of_user())
    finishes = any(map(defines_del, modules))
    for module in modules:
        for name, value in list(vars(module).items()):
            if not name.startswith("__") and not issubclass(type(value), DEFINITIONS):
                vars(module)[name] = value = None
    gc.collect()
    gc.unfreeze()
    if finishes:
        gc.collect()
    if may_hold_files():
        close_files()
    h5py = sys.modules.get("h5py")
    if h5py is not None:
        # A library may hold them, and HDF5 would write to them when the process ends slowly.
        for file in h5py.h5f.get_obj_ids(h5py.h5f.OBJ_ALL, h5py.h5f.OBJ_FILE):
            h5py.h5f.flush(file)


def defines_del(module: ModuleType) -> bool:
    """Whether objects of a class of a module want to be told that they are freed."""
    return any(
        issubclass(type(value), type) and hasattr(value, "__del__")
        for value in list(vars(module).values())
    )


def may_hold_files() -> bool:
    """Whether a file is open for writing, or the system does not tell."""
    for path in OPENED.glob("fd/*"):
        try:
            told = (OPENED / "fdinfo" / path.name).read_text()
            kept = not os.readlink(path).startswith(NOT_KEPT)
        except OSError:
            continue  # closed meanwhile
        if int(path.name) > 2 and kept and WRITTEN.search(told):
            return True
    return not OPENED.is_dir()


def modules_of_user() -> Iterator[ModuleType]:
    """The modules that are neither Python's, nor of an installed package, nor the engine room's."""
    for name, module in list(sys.modules.items()):
        file = vars(module).get("__file__") if issubclass(type(module), ModuleType) else None
        own = isinstance(file, str) and not file.startswith((*INSTALLED, OURS))
        # Python has forgotten by now where the script lies.
        if own or name == "__main__":
            yield module


def close_files() -> None:
    """Closes the files that are still open for writing; one that a thread reads cannot be."""
    # By their types alone: some objects load a module where their class is asked for. It is asked
    # of each type once, as there are half a million objects.
    kinds: dict[type, bool] = {}
    found = []
    for each in gc.get_objects():
        kind = type(each)
        if kind not in kinds:
            kinds[kind] = issubclass(kind, io.IOBase)
        if kinds[kind]:
            found.append(each)
    for file in sorted(found, key=depth):
        with contextlib.suppress(Exception):  # it may be closed, or the disk full
            if file.writable():
                file.flush() if is_standard(file) else file.close()


def depth(file: Any) -> int:
    """How near to the disk a file is: what writes into others, as text does, is closed first."""
    nearer = (io.TextIOBase, io.BufferedWriter, io.BufferedRandom, io.RawIOBase)
    return next(
        (i for i, kind in zip((0, 2, 2, 3), nearer, strict=True) if isinstance(file, kind)), 1
    )


def is_standard(file: Any) -> bool:
    """Whether a file is the standard output, or another name of it."""
    with contextlib.suppress(Exception):
        return file.fileno() in (0, 1, 2)
    return False
