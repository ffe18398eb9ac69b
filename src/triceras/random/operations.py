"""What an engine has that gives the same random words faster.

Each is `None`, or returns `None` where it cannot draw: then it is done by the definition.
"""

from collections.abc import Callable
from typing import Any

Words = tuple[Any, Any]

threefry_2x32: Callable[[Words, Words], Words | None] | None = None
random_bits: Callable[[Any, int], Any] | None = None
