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
# The argument of an event that has the path of what it was made from, scope by scope.
ORIGIN = "from"
# The scopes of JAX's own transformations, and of a loop, that stand around those of a model.
AROUND = re.compile(r"^(transpose|jvp|vmap)\((.*)\)$")
OF_LOOPS = re.compile(
    r"^(jit\(.*\)|pjit|while|body|cond|closed_call|checkpoint|gradient_tape|_\d+)$"
)
# What ends a path is the operation; TensorFlow's are written with a capital, but for these.
OPERATION = re.compile(r"[A-Z]|^(convolution|batchnorm)$")
# One of TensorFlow's own kernels: its path, and what it is.
KERNEL = re.compile(r"^(?P<path>[^:]+/[^:]*):(?P<kind>\w+)$")
WAITING = frozenset(
    {
        "np.asarray(jax.Array)",
        "ThunkExecutor::Execute (wait for completion)",
        "BlockUntilReady",
        "KernelAndDeviceFunc::Run",
    }
)


class Row(NamedTuple):
    """Events of one name, of one part of a model.

    Args:
        name: theirs.
        part: of the model, or the optimizer; empty where it is not known.
        count: how many.
        seconds: how long they took without those that lie within them, over all threads.
    """

    name: str
    part: str
    count: int
    seconds: float


def write(path: Path, events: Iterable[dict[str, Any]]) -> None:
    """Writes a trace.

    Of two events of a thread one lies within the other or after it, as Perfetto has it: what ends
    later than one that it began in ends with it.
    """
    events = list(events)
    ends: dict[Any, list[float]] = defaultdict(list)
    for event in in_order(event for event in events if event["ph"] == "X"):
        around = ends[event["pid"], event["tid"]]
        while around and around[-1] <= event["ts"]:
            around.pop()
        if around:
            event["dur"] = min(event["dur"], around[-1] - event["ts"])
        around.append(event["ts"] + event["dur"])
    with gzip.open(path, "wt") as file:
        json.dump({"traceEvents": events}, file)


def in_order(events: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Events as they began, the longer one first."""
    return sorted(events, key=lambda event: (event["ts"], -event["dur"]))


def read(path: Path) -> list[Row]:
    """The rows of a trace, those that took the longest first."""
    with gzip.open(path, "rt") as file:
        events = json.load(file)["traceEvents"]
    threads: dict[Any, list[dict[str, Any]]] = defaultdict(list)
    for event in events:
        # What PyTorch puts around all others is no event of its own.
        if event.get("ph") == "X" and event.get("cat") != "Trace":
            threads[event["pid"], event["tid"]].append(event)
    counts: dict[tuple[str, str], int] = defaultdict(int)
    seconds: dict[tuple[str, str], float] = defaultdict(float)
    for thread in threads.values():
        for event, own in own_times(thread):
            key = name_and_part(event)
            counts[key] += 1
            seconds[key] += own / 1e6
    rows = [Row(*key, counts[key], seconds[key]) for key in counts]
    return sorted(rows, key=lambda row: -row.seconds)


def name_and_part(event: dict[str, Any]) -> tuple[str, str]:
    """What an event is, and what part of the model it was made from."""
    kernel = KERNEL.match(event["name"])
    if kernel:
        return kernel["kind"], part_of(kernel["path"])
    return NUMBER.sub("", event["name"]), part_of(event.get("args", {}).get(ORIGIN, ""))


def part_of(path: str) -> str:
    """The part of a model that an operation belongs to, of the path of what it was made from.

    An example is `encoder/dense (gradient)`.
    """
    gradient, parts = False, []
    for scope in path.split("/")[:-1]:
        gradient = gradient or scope.startswith(("transpose(", "gradient_tape"))
        while inner := AROUND.match(scope):
            scope = inner[2]
        if scope and not OF_LOOPS.match(scope):
            parts.append(scope)
    while parts and OPERATION.search(parts[-1]):
        parts.pop()
    return "/".join(parts) + " (gradient)" * (gradient and bool(parts))


def own_times(events: Iterable[dict[str, Any]]) -> list[tuple[dict[str, Any], float]]:
    """Each event of a thread, and its time less that of those within it."""
    found: list[list[Any]] = []
    around: list[tuple[float, int]] = []
    for event in in_order(events):
        start, took = event["ts"], event["dur"]
        while around and around[-1][0] <= start:
            around.pop()
        if around:
            # An event that ends after the one around it has begun in it all the same.
            end, outer = around[-1]
            found[outer][1] -= min(took, end - start)
        around.append((start + took, len(found)))
        found.append([event, took])
    return [(event, max(0.0, own)) for event, own in found]
