"""Work that is done for the next item while the one before it is in use."""

import concurrent.futures
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def prefetched(fetch: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """Yields `fetch(item)` for each item, in order, and runs one ahead, in a thread."""
    with concurrent.futures.ThreadPoolExecutor(1) as reader:
        coming = None
        for item in items:
            before, coming = coming, reader.submit(fetch, item)
            if before is not None:
                yield before.result()
        if coming is not None:
            yield coming.result()
