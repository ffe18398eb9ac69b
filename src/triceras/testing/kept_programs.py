"""TensorFlow's programs that the tests' own process compiles, kept for the next one."""

import os
import sys
from collections.abc import Callable

from triceras.kept_tensorflow import FLAGS, LEVEL, keep_programs


def keep_for_this_process() -> Callable[[], None]:
    """Tells TensorFlow of this process, and of no other, to keep programs.

    A test of what a run keeps, or of what TensorFlow says of it, starts processes that are to be
    told by the run itself.

    Returns:
        What is to be called when all is imported, before anything is compiled.
    """
    before = {name: os.environ.get(name) for name in (FLAGS, LEVEL)}
    keep_programs()

    def told() -> None:
        if "keras" in sys.modules:
            # TensorFlow reads what it is told when it first computes.
            sys.modules["keras"].ops.zeros(())
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value

    return told
