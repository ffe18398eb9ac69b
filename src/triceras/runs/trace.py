"""What took the time in a trace, in the form that Perfetto reads."""

import gzip
import json
import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

# What a compiler counts up in the names of operations that are alike.
NUMBER = re.compile(r"(\.\d+)+$")


class Row(NamedTuple):
    """Events of one name.

    Args:
        name: theirs.
        count: how many.
        seconds: how long they took without those that lie within them, over all threads.
    """

    name: str
    count: int
    seconds: float


def read(path: Path) -> list[Row]:
    """The rows of a trace, those that took the longest first."""
    with gzip.open(path, "rt") as file:
        events = json.load(file)["traceEvents"]
    threads: dict[Any, list[dict[str, Any]]] = defaultdict(list)
    for event in events:
        # What PyTorch puts around all others is no event of its own.
        if event.get("ph") == "X" and event.get("cat") != "Trace":
            threads[event["pid"], event["tid"]].append(event)
    counts: dict[str, int] = defaultdict(int)
    seconds: dict[str, float] = defaultdict(float)
    for thread in threads.values():
        for name, own in own_times(thread):
            name = NUMBER.sub("", name)
            counts[name] += 1
            seconds[name] += own / 1e6
    rows = [Row(name, counts[name], seconds[name]) for name in counts]
    return sorted(rows, key=lambda row: -row.seconds)


def own_times(events: Iterable[dict[str, Any]]) -> list[tuple[str, float]]:
    """The name of each event of a thread, and its time less that of those within it."""
    found: list[list[Any]] = []
    around: list[tuple[float, int]] = []
    for event in sorted(events, key=lambda event: (event["ts"], -event["dur"])):
        start, took = event["ts"], event["dur"]
        while around and around[-1][0] <= start:
            around.pop()
        if around:
            # An event that ends after the one around it has begun in it all the same.
            end, outer = around[-1]
            found[outer][1] -= min(took, end - start)
        around.append((start + took, len(found)))
        found.append([event["name"], took])
    return [(name, max(0.0, own)) for name, own in found]
