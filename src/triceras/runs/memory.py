"""How much memory a process has held."""

import resource
import sys


def peak_memory_mb() -> float:
    """The most main memory that this process has held, in MiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # In bytes on macOS, in KiB elsewhere.
    return peak / (2**20 if sys.platform == "darwin" else 2**10)
