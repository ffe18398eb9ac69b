"""The first of many names, for messages."""

from collections.abc import Sequence
from typing import Any

# How many names a person is shown.
SHOWN = 8


def shortened(names: Sequence[Any], shown: int = SHOWN, between: str = ", ") -> str:
    """Some names, and how many more there are."""
    more = f" and {len(names) - shown} more" if len(names) > shown else ""
    return between.join(map(str, names[:shown])) + more
