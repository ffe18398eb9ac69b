"""TensorFlow's programs that the tests' own process compiles, kept for the next one."""

import os
import sys
from collections.abc import Callable

from triceras.kept_tensorflow import FLAGS, LEVEL, keep_programs
from triceras.testing.quick_programs import XLA, tell_tensorflow


def keep_for_this_process(quickly: bool = False) -> Callable[[], None]:
    """Tells TensorFlow of this process, and of no other, to keep programs.

    A test of what a run keeps, or of what TensorFlow says of it, starts processes that are to be
    told by the run itself.

    Args:
        quickly: whether it is also to compile them without optimizing them.

    Returns:
        What is to be called when all is imported, before anything is compiled.
    """
    before = {name: os.environ.get(name) for name in (FLAGS, LEVEL, XLA)}
    if quickly:
        tell_tensorflow()
    keep_programs()

    def told() -> None:
        if "keras" in sys.modules:
            # TensorFlow reads what it is told when it first computes.
            sys.modules["keras"].ops.zeros(())
        if quickly and "tensorflow" in sys.modules:
            # And XLA when it first compiles.
            sys.modules["tensorflow"].function(lambda: 0.0, jit_compile=True)()
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value

    return told
