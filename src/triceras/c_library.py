"""Small libraries in C, compiled once on each machine."""

import contextlib
import ctypes
import hashlib
import os
import secrets
import shlex
import subprocess
import tempfile
import threading
from pathlib import Path

# No operation may be merged with another or put in another order, as bits would change.
OPTIONS = (
    *("-O3", "-march=native", "-shared", "-fPIC"),
    *("-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math", "-fno-strict-aliasing"),
)
SECONDS = 60

# What is raised where there is no compiler, or one that fails.
FAILURES = (OSError, subprocess.SubprocessError)


# Those that are being compiled, by source and folder.
begun: dict[tuple[Path, Path], threading.Thread] = {}


def begin(source: Path, folder: Path) -> None:
    """Has a library compiled by a process beside this one; who loads it waits for that.

    Args:
        source: the file.
        folder: where the library is kept.
    """

    def attempt() -> None:
        with contextlib.suppress(*FAILURES):  # told where it is loaded
            compiled(source, folder)

    thread = threading.Thread(target=attempt, name=f"compile {source.name}", daemon=True)
    begun[source, folder] = thread
    thread.start()


def loaded(source: Path, folder: Path | None) -> ctypes.CDLL:
    """The library that is made of a file in C.

    Args:
        source: the file.
        folder: where the library is kept for other processes on machines of this kind; `None` keeps
            it for this process alone.

    Raises:
        OSError: there is no compiler, or the library cannot be loaded.
        subprocess.SubprocessError: the compiler fails.
    """
    if folder is not None:
        thread = begun.pop((source, folder), None)
        if thread is not None:
            thread.join()
        return ctypes.CDLL(str(compiled(source, folder)))
    with tempfile.TemporaryDirectory() as own:
        return ctypes.CDLL(str(compiled(source, Path(own))))


def compiled(source: Path, folder: Path) -> Path:
    """The library's file, made if it is not there."""
    compiler = shlex.split(os.environ.get("CC") or "cc")
    # Several versions of the source may share the folder.
    made_of = hashlib.sha256(source.read_bytes() + repr((compiler, OPTIONS)).encode())
    path = folder / f"{source.stem}-{made_of.hexdigest()[:12]}.so"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        # Under a name of its own, as another process may be at it too.
        own = folder / f".{secrets.token_hex(4)}-{path.name}"
        command = [*compiler, *OPTIONS, "-o", own, source, "-lm"]
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=SECONDS)
            own.replace(path)
        finally:
            own.unlink(missing_ok=True)
    return path
