"""TensorFlow notes where each operation was traced, a sixth of what tracing takes in a test."""

import sys


def note_no_stacks() -> None:
    """Has TensorFlow, if it is imported, note one place for all operations of this process."""
    module = sys.modules.get("tensorflow.python.util.tf_stack")
    if module is not None:
        here = module.extract_stack()
        vars(module)["extract_stack"] = lambda stacklevel=1: here
