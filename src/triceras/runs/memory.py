"""How much memory a process has held."""

import re
import resource
import sys
from pathlib import Path


def peak_memory_mb() -> float:
    """The most main memory that this process has held, in MiB."""
    try:
        # On Linux `getrusage` also counts what the process that started this one held by then.
        found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    except OSError:
        found = None
    if found:
        return int(found[1]) / 2**10
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # In bytes on macOS, in KiB elsewhere.
    return peak / (2**20 if sys.platform == "darwin" else 2**10)
