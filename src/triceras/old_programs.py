"""Removes compiled programs that no run has wanted for long: each change of code leaves some."""

import contextlib
import time
from pathlib import Path

DAYS = 30


def forget_old(folder: Path, pattern: str) -> None:
    """Removes files that were written more than 30 days ago.

    Args:
        folder: of compiled programs, which several processes may be at.
        pattern: of their paths in it.
    """
    oldest = time.time() - DAYS * 24 * 3600
    for path in folder.glob(pattern):
        with contextlib.suppress(OSError):
            if path.stat().st_mtime < oldest:
                path.unlink()
