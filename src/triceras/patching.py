"""An attribute, a variable of the environment or a logger that is another one for a while.

`unittest.mock` can do the same, and takes longer to import than a command's own modules together.
"""

import contextlib
import logging
import os
from collections.abc import Iterator
from typing import Any

MISSING = object()


@contextlib.contextmanager
def patched(owner: Any, name: str, value: Any) -> Iterator[None]:
    """Gives a class, a module or an object another attribute, and takes it back at the end.

    Args:
        owner: of the attribute, which it may inherit.
        name: of the attribute.
        value: what it is meanwhile.
    """
    before = vars(owner).get(name, MISSING)
    setattr(owner, name, value)
    try:
        yield
    finally:
        if before is MISSING:
            delattr(owner, name)
        else:
            setattr(owner, name, before)


@contextlib.contextmanager
def environment(**variables: str) -> Iterator[None]:
    """Sets variables of the environment; at the end all are again as they were before."""
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextlib.contextmanager
def silent_below(logger: logging.Logger, level: int) -> Iterator[None]:
    """Has a logger tell of nothing below a level, and at the end of all that it did before."""
    before = logger.level
    logger.setLevel(max(before, level))
    try:
        yield
    finally:
        logger.setLevel(before)
