"""What PyTorch's steps call that is written in C, compiled while PyTorch itself is imported."""

import os
import sys
from pathlib import Path

from triceras import c_library
from triceras.machine import has_nvidia_processor

PACKAGE = Path(__file__).parent
POINTWISE = PACKAGE / "engines" / "pointwise.c"
THREEFRY = PACKAGE / "random" / "threefry.c"

# The names of the folders in which they are kept.
LIBRARIES = {"c": POINTWISE, "threefry": THREEFRY}


def folder(name: str) -> Path | None:
    """A folder beside that of compiled programs; `None` where a run has not said to keep these."""
    cache = os.environ.get("TORCHINDUCTOR_CACHE_DIR")
    return Path(cache).with_name(name) if cache else None


def compile_ahead() -> None:
    """Begins to compile those that are not kept yet, unless a GPU has no use for them."""
    if "torch" in sys.modules or has_nvidia_processor():
        return
    for name, source in LIBRARIES.items():
        kept = folder(name)
        if kept is not None:
            c_library.begin(source, kept)
