"""The cores and GPUs of this machine that this process may use."""

import os
import shutil
import subprocess
from pathlib import Path

TOPOLOGY = "/sys/devices/system/cpu/cpu{}/topology/{}"
VISIBLE = "CUDA_VISIBLE_DEVICES"
# Seconds in which the driver should have answered.
PATIENCE = 20


def cores() -> list[int]:
    """The numbers of the cores, those next to each other that share most."""
    if not hasattr(os, "sched_getaffinity"):
        return list(range(os.cpu_count() or 1))
    return sorted(os.sched_getaffinity(0), key=position)


def position(core: int) -> tuple[int, int, int]:
    """The socket of a core, the part of it in which its twin is, and its number."""

    def read(name: str) -> int:
        try:
            return int(Path(TOPOLOGY.format(core, name)).read_text())
        except (OSError, ValueError):
            return 0

    return read("physical_package_id"), read("core_id"), core


def graphics() -> list[str] | None:
    """The ids of the NVIDIA GPUs, or `None` where there is none."""
    named = os.environ.get(VISIBLE)
    if named is not None:
        return [part for part in named.split(",") if part and part != "-1"] or None
    if shutil.which("nvidia-smi") is None:
        return None
    command = ["nvidia-smi", "--query-gpu=index", "--format=csv,noheader"]
    try:
        result = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return (result.stdout.split() or None) if result.returncode == 0 else None
