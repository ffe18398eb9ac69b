"""What the profilers of JAX and TensorFlow leave, as events of a trace.

It is a file of protocol buffers, of which neither framework gives Python all that is in it: XLA's
programs are there too, with the part of the model that each operation was made from.

Reference:
    - [Protocol buffers](https://protobuf.dev/programming-guides/encoding/), how they are encoded.
    - `xplane.proto` and `hlo.proto` of [OpenXLA](https://github.com/openxla/xla), what is in them.
"""

import itertools
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from triceras.runs.trace import ORIGIN

# The values of each field, by its number.
Message = defaultdict[int, list[Any]]

# How threads were woken.
LEFT_OUT = "ThreadpoolListener::"


def events(content: bytes) -> Iterator[dict[str, Any]]:
    """The events of all planes, a device each, and lines, as Perfetto reads them.

    Args:
        content: of a file `.xplane.pb`.
    """
    planes = [message(plane) for plane in message(content)[1]]
    origins = {
        name: found for plane in planes for name, found in programs(table(plane, 4).values())
    }
    # Perfetto takes a thread 0 for the processor's idle one.
    threads = itertools.count(1)
    for process, plane in enumerate(planes, 1):
        yield named("process", text(plane, 2), {"pid": process})
        names = {key: text(one, 2) for key, one in table(plane, 4).items()}
        keys = {key: text(one, 2) for key, one in table(plane, 5).items()}
        for line, thread in zip(map(message, plane[3]), threads, strict=False):
            ids = {"pid": process, "tid": thread}
            yield named("thread", text(line, 11) or text(line, 2), ids)
            for event in map(message, line[4]):
                name = names.get(whole(event, 1), "")
                if not name.startswith(LEFT_OUT):
                    origin = origins.get(program_of(event, keys), {}).get(name)
                    yield {
                        "ph": "X",
                        "name": name,
                        **ids,
                        # In microseconds.
                        "ts": whole(line, 3) / 1e3 + whole(event, 2) / 1e6,
                        "dur": whole(event, 3) / 1e6,
                    } | ({"args": {ORIGIN: origin}} if origin else {})


def program_of(event: Message, keys: dict[int, str]) -> str:
    """The name of the program that an event is a part of, as a table of programs has it."""
    facts = {keys.get(whole(fact, 1)): fact for fact in map(message, event[4])}
    module, number = facts.get("hlo_module"), facts.get("program_id")
    if module is None or number is None:
        return ""
    return (
        f"{text(module, 5) or keys.get(whole(module, 7))}({whole(number, 4) or whole(number, 3)})"
    )


def programs(described: Any) -> Iterator[tuple[str, dict[str, str]]]:
    """The programs that are described, each with what its operations were made from, by name."""
    for one in described:
        for fact in map(message, one[5]):
            for content in fact[6]:
                module = message(message(content)[1][0])
                computations = map(message, module[3])
                operations = [message(o) for each in computations for o in each[2]]
                made_from = {text(o, 1): text(message(o[7][0]), 2) for o in operations if o[7]}
                yield text(one, 2), made_from


def table(plane: Message, field: int) -> dict[int, Message]:
    """What a plane has for each key."""
    entries = map(message, plane[field])
    return {whole(entry, 1): message(entry[2][0]) for entry in entries if entry[2]}


def named(kind: str, name: str, ids: dict[str, int]) -> dict[str, Any]:
    """Names a process or a thread."""
    return {"ph": "M", "name": f"{kind}_name", **ids, "args": {"name": name}}


def message(content: Any) -> Message:
    """A message, decoded."""
    found: Message = defaultdict(list)
    view, at = memoryview(content), 0
    while at < len(view):
        tag, at = number_at(view, at)
        if tag & 7 == 0:
            value, at = number_at(view, at)
        else:
            # Of 8 or of 4 bytes, or as long as it says.
            size, at = {1: (8, at), 5: (4, at)}.get(tag & 7) or number_at(view, at)
            value, at = view[at : at + size], at + size
        found[tag >> 3].append(value)
    return found


def number_at(view: memoryview, at: int) -> tuple[int, int]:
    """A whole number, of which each byte has seven bits, and where it ends."""
    value = shift = 0
    while True:
        value |= (view[at] & 127) << shift
        at, shift = at + 1, shift + 7
        if view[at - 1] < 128:
            return value, at


def whole(found: Message, field: int) -> int:
    """A whole number of a message; 0 where it is left out."""
    return found[field][0] if found[field] else 0


def text(found: Message, field: int) -> str:
    """A text of a message; empty where it is left out."""
    return bytes(found[field][0]).decode(errors="replace") if found[field] else ""
