"""Spares what only imports a search for garbage, which sees more objects each time."""

import atexit
import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def not_collecting() -> Iterator[None]:
    """Has Python look for no garbage meanwhile, and never again at what there is at the end.

    Of what an import makes next to nothing is garbage, and a tenth to a fifth of its time is spent
    on looking.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        # To the end, when Python frees what nobody holds, and so closes files.
        gc.freeze()
        atexit.unregister(gc.unfreeze)
        atexit.register(gc.unfreeze)
        if enabled:
            gc.enable()
