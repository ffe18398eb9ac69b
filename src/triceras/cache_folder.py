"""Makes folders for compiled programs, and says where they cannot be kept."""

import sys
from pathlib import Path

# How the variables end by which frameworks are told such a folder.
VARIABLE = "_CACHE_DIR"


def made(folder: str | Path) -> bool:
    """Whether a folder for compiled programs is there; it is made if need be.

    PyTorch ends a run for want of such a folder, and JAX warns of each program.

    Args:
        folder: its path.
    """
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        say_not_kept(error)
        return False
    return True


def say_not_kept(reason: object) -> None:
    """Says it on the terminal: a run that begins has no log yet."""
    print(f"WARNING: what is compiled is not kept for later runs: {reason}", file=sys.stderr)
