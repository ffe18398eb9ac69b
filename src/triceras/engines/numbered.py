"""Names for people, of things of which several may be called the same."""

from collections import Counter
from collections.abc import Iterable, Iterator


def numbered(names: Iterable[str]) -> Iterator[str]:
    """Names with a number from the second on that is the same: `dense`, `dense (2)`."""
    seen: Counter[str] = Counter()
    for name in names:
        seen[name] += 1
        yield f"{name} ({seen[name]})" if seen[name] > 1 else name
