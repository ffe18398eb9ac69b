"""Tells machines apart by what a compiler may use of them, and by name."""

import functools
import glob
import hashlib
import os
import platform
from pathlib import Path

CPU_INFORMATION = Path("/proc/cpuinfo")
NAME = "model name"
DESCRIBING = (NAME, "flags", "Features", "CPU implementer", "CPU part")


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
    facts += sorted({line for line in information() if name_of(line) in DESCRIBING})
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()[:8]


def processor() -> str:
    """The name of the processor, or of its architecture where there is no other."""
    names = [line.partition(":")[2].strip() for line in information() if name_of(line) == NAME]
    return names[0] if names else platform.processor() or platform.machine()


def cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def has_nvidia_processor() -> bool:
    """Whether there is one, be it of use or not."""
    return bool(glob.glob("/dev/nvidia[0-9]*"))


def information() -> list[str]:
    """The lines in which Linux describes the processor; none on other systems."""
    try:
        return CPU_INFORMATION.read_text().splitlines()
    except OSError:
        return []


def name_of(line: str) -> str:
    """What a line of the description is about."""
    return line.partition("\t")[0].partition(":")[0].strip()
