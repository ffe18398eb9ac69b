"""Tells machines apart by what a compiler may use of them."""

import functools
import hashlib
import platform
from pathlib import Path

CPU_INFORMATION = Path("/proc/cpuinfo")
DESCRIBING = ("model name", "flags", "Features", "CPU implementer", "CPU part")


def machine_folder(folder: str) -> str:
    """The absolute path of a machine's own folder in a folder that several may share.

    A program that was compiled for one processor can crash on another.

    Args:
        folder: a path.
    """
    return str(Path(folder).absolute() / machine_id())


@functools.cache
def machine_id() -> str:
    """Eight hexadecimal digits, the same for machines with the same kind of processor."""
    facts = [platform.system(), platform.machine(), platform.processor()]
    try:
        lines = CPU_INFORMATION.read_text().splitlines()
    except OSError:
        lines = []
    facts += sorted({line for line in lines if line.partition("\t")[0].strip() in DESCRIBING})
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()[:8]
