"""Ends a process of ours with the one that started it."""

import contextlib
import ctypes
import signal

# Of Linux's <sys/prctl.h>.
PR_SET_PDEATHSIG = 1


def end_with_parent() -> None:
    """Has Linux kill this process when the thread that started it has ended, however that came.

    So it is also where this process is stopped, or computes and reads nothing. Other systems have
    no such thing.
    """
    with contextlib.suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
