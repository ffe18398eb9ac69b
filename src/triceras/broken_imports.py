"""What is said of a module that is there and cannot be imported."""

import re

from triceras.errors import one_line, place

# How Hydra begins where a dotted name cannot be imported.
LOADING = re.compile(r"Error loading '([\w.]+)'")


def broken_import(error: BaseException | None) -> str | None:
    """The line of a person's code at which the import of a dotted name failed.

    Args:
        error: what Hydra raised.

    Returns:
        In a few words; `None` where the name is not there, or the code is not a person's own.
    """
    found = LOADING.match(str(error))
    cause = error.__cause__ if error else None
    if found is None or cause is None:
        return None
    # Python says itself where what it cannot read is.
    where = place(cause)
    if not where and not isinstance(cause, SyntaxError):
        return None
    missing = isinstance(cause, ModuleNotFoundError)
    cure = "mend that import, or install the package" if missing else "mend that line"
    return (
        f"{found[1]} cannot be imported: {type(cause).__name__}: {one_line(cause)}{where}; {cure}"
    )
