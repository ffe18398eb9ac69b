"""Has TensorFlow trace the same program in a test whatever was traced before it.

XLA finds what it has kept by all that is in a program: its operations, and where each of them was
traced, a count of all functions of the process, and Keras's counts of its layers. (To note where,
the whole stack for each operation, takes a sixth of tracing besides.)
"""

import itertools
import sys
import zlib

# So many functions a test may trace before it would take the numbers of another one.
FUNCTIONS = 2**30


def note_one_place() -> None:
    """Has TensorFlow, if it is imported, note one place for all operations of this process."""
    module = sys.modules.get("tensorflow.python.util.tf_stack")
    if module is not None:
        here = module.extract_stack()
        module.__dict__["extract_stack"] = lambda stacklevel=1: here


def count_anew(test: str) -> None:
    """Has functions and layers counted from where a test begins to count.

    Args:
        test: its name, by which its numbers are no other test's.
    """
    module = sys.modules.get("tensorflow.python.framework.ops")
    if module is not None:
        numbers = itertools.count(zlib.crc32(test.encode()) * FUNCTIONS)
        module.__dict__["uid"] = lambda: next(numbers)
    naming = sys.modules.get("keras.src.utils.naming")
    if naming is not None:
        naming.reset_uids()


def trace_what_is_shared() -> None:
    """Traces what is traced once in a process, and is a part of the programs of many tests."""
    threefry = sys.modules.get("triceras.engines.tensorflow_threefry")
    if threefry is not None:
        count_anew("")
        threefry.rounds.get_concrete_function()
