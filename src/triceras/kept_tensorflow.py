"""Has TensorFlow keep what XLA compiles on a CPU, so that later runs load it.

TensorFlow finds a program by the operations in it. What else decides how it is compiled is in the
name of the folder here: a program of another version, or for other threads, is not to be found.
"""

import hashlib
import importlib.util
import os
import shutil
import sys
from pathlib import Path

from triceras.cache_folder import made, say_not_kept
from triceras.machine import cores, has_nvidia_processor
from triceras.old_programs import forget_old
from triceras.quiet_tensorflow import LEVEL

# Of our configuration, and of TensorFlow, which reads it when it compiles for the first time.
FOLDER = "TRICERAS_TENSORFLOW_CACHE_DIR"
FLAGS, DIRECTORY = "TF_XLA_FLAGS", "--tf_xla_persistent_cache_directory"
# Variables by which XLA and TensorFlow are told to compile otherwise.
TELLING = ("XLA_", "TF_")
# How the line begins that has the checksum of what holds XLA, in the list of installed files.
LIBRARY = b"tensorflow/libtensorflow_cc"
# What TensorFlow says where it cannot read or write what it keeps.
DAMAGED = (
    "xla_compile_cache",
    "Read less bytes than requested",
    "Serialized cache key does not match",
    "Serialized HLO does not match",
    "CpuAotCompilationResult",
)


def keep_programs(folder: str | None = None) -> None:
    """Has TensorFlow keep them where it can write.

    Whoever names a folder to TensorFlow keeps his own. With an NVIDIA processor nothing is kept: to
    leave unsaid what XLA says of each program that it loads, TensorFlow has to hold its tongue
    about all that is no exception, and so about a processor that it cannot use.

    Args:
        folder: for all programs of this machine, unless the environment names one.
    """
    folder, flags = os.environ.get(FOLDER, folder), os.environ.get(FLAGS, "")
    if not folder or DIRECTORY in flags or "tensorflow" in sys.modules:
        return
    place = Path(folder) / key()
    if not made(place):
        return
    if '"' in str(place) or not os.access(place, os.W_OK):
        say_not_kept(f"{place} is not writable, or has quotation marks in its name")
        return
    forget_old(Path(folder), "*/*")
    asked = {name: os.environ[name] for name in (LEVEL,) if name in os.environ}
    os.environ.update({**told(place, flags), **asked})


def told(folder: Path, flags: str = "") -> dict[str, str]:
    """By which variables TensorFlow is told to keep programs in a folder, beside other flags."""
    if has_nvidia_processor():
        return {}
    return {FLAGS: f'{flags} {DIRECTORY}="{folder}"'.strip(), LEVEL: "3"}


def key() -> str:
    """Sixteen hexadecimal digits, the same where the same operations give the same program."""
    spec = importlib.util.find_spec("tensorflow")
    settings = (
        compiler(Path(str(spec and spec.origin))),
        cores(),
        sorted(i for i in os.environ.items() if i[0].startswith(TELLING) and i[0] != LEVEL),
    )
    return hashlib.sha256(repr(settings).encode()).hexdigest()[:16]


def compiler(origin: Path) -> object:
    """What tells the TensorFlow that is installed from any other, without importing it.

    It is that of every project that has the same one, so that none of them begins anew.

    Args:
        origin: its `__init__.py`.
    """
    installed = sorted(origin.parent.parent.glob("tensorflow*.dist-info"))
    for folder in installed:
        record = folder / "RECORD"
        text = record.read_bytes() if record.exists() else b""
        begins = text.find(LIBRARY)
        if begins >= 0:
            return text[begins:].split(b"\n", 1)[0].strip()
    state = origin.stat() if origin.exists() else None
    return [path.name for path in installed], state and (state.st_mtime_ns, state.st_size)


def is_damaged(error: BaseException) -> bool:
    """Whether an error says that what is kept cannot be read, or no more be kept."""
    return folder_in_use() is not None and any(part in str(error) for part in DAMAGED)


def folder_in_use() -> Path | None:
    """The folder in which TensorFlow was told here to keep programs."""
    _, named, rest = os.environ.get(FLAGS, "").partition(f'{DIRECTORY}="')
    return Path(rest.partition('"')[0]) if named else None


def forget() -> None:
    """Removes all programs that are kept there."""
    if (folder := folder_in_use()) is not None:
        shutil.rmtree(folder, ignore_errors=True)
