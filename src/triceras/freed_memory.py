"""Memory that is kept for the arrays of the next step, where the C library gives it back."""

import ctypes
import os
import platform

# Of glibc's `mallopt`.
TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3
MIB = 2**20
# What of freed memory is kept at most, and from which size on an array has memory of its own, which
# is given back with it: the most that glibc takes.
KEPT, LARGE = 256 * MIB, 32 * MIB
# Where a person has said something of it.
SAID = ("MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_", "GLIBC_TUNABLES")


def keep_memory() -> bool:
    """Has this process keep memory that it has freed, as its next step asks for as much again.

    Otherwise all that is freed goes back to the system at the end of a step or an evaluation, and
    comes anew, page by page: a fifth of the processor's time of a run of small convolutions.

    Returns:
        Whether it does; not with another C library than glibc, nor where the environment has
        settings of its own for that.
    """
    if platform.libc_ver()[0] != "glibc" or any(name in os.environ for name in SAID):
        return False
    library = ctypes.CDLL(None)
    return all(
        library.mallopt(option, value)
        for option, value in ((MMAP_THRESHOLD, LARGE), (TRIM_THRESHOLD, KEPT))
    )
