"""What went wrong in a model's own `call`, which Keras wraps into advice of its own."""

import contextlib
import re
import warnings
from collections.abc import Iterator

from triceras.errors import one_line, place

WRAPPED = re.compile(
    r"Exception encountered when calling |Could not automatically infer the output shape"
    # An exception of JAX that Keras cannot make anew of a text.
    r"|'str' object has no attribute '_error_repr'"
)


def told_by_call(error: BaseException) -> str:
    """One line about an exception of a layer or model, with the line of a person's code.

    Args:
        error: as Keras raised it.
    """
    original = error
    while original.__context__ is not None and WRAPPED.search(str(original)):
        original = original.__context__
    if original is error:
        return f"{one_line(error)}{place(error)}"
    return f"{type(original).__name__}: {one_line(original)}{place(original)}"


@contextlib.contextmanager
def warning_at_the_end() -> Iterator[None]:
    """Keeps warnings back, which are of no use beside the exception that comes of the same."""
    with warnings.catch_warnings(record=True) as kept:
        warnings.simplefilter("always")
        yield
    for each in kept:
        warnings.warn_explicit(each.message, each.category, each.filename, each.lineno)
