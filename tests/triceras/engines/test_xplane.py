"""What profilers leave, read from bytes that are written here."""

import pytest

from triceras.engines.xplane import events, message, text, whole

pytestmark = pytest.mark.once


def number(value):
    encoded = bytearray()
    while value > 127:
        encoded.append(value & 127 | 128)
        value >>= 7
    return bytes([*encoded, value])


def field(place, value):
    if isinstance(value, int):
        return number(place << 3) + number(value)
    value = value.encode() if isinstance(value, str) else value
    return number(place << 3 | 2) + number(len(value)) + value


def entry(place, key, *parts):
    return field(place, field(1, key) + field(2, field(1, key) + b"".join(parts)))


def program(name, origins):
    operations = [
        field(2, field(1, one) + field(7, field(2, path))) for one, path in origins.items()
    ]
    module = field(1, name) + field(3, b"".join(operations))
    return field(1, module)


def test_a_message():
    fixed = bytes([3 << 3 | 1]) + bytes(8) + bytes([4 << 3 | 5]) + b"abcd"
    found = message(field(1, 300) + fixed + field(2, "größer") + field(1, 7))
    assert found[1] == [300, 7]
    assert bytes(found[4][0]) == b"abcd"
    assert (whole(found, 1), whole(found, 9)) == (300, 0)
    assert (text(found, 2), text(found, 9)) == ("größer", "")


def test_events_know_what_they_were_made_from():
    described = field(5, field(6, program("step", {"dot.1": "jit(step)/dense/dot_general"})))
    about = field(2, "/host:metadata") + entry(4, 5, field(2, "step(5)"), described)
    facts = field(4, field(1, 1) + field(7, 3)) + field(4, field(1, 2) + field(4, 5))
    line = (
        field(1, 77)
        + field(2, "worker")
        + field(3, 2_000_000)
        + field(4, field(1, 1) + field(2, 3_000_000) + field(3, 500_000) + facts)
        + field(4, field(1, 2) + field(2, 9_000_000))
        + field(4, field(1, 3))
    )
    names = ["dot.1", "main", "ThreadpoolListener::Record"]
    keys = ["hlo_module", "program_id", "step"]
    device = field(2, "/host:CPU") + field(3, line)
    device += b"".join(entry(4, i, field(2, name)) for i, name in enumerate(names, 1))
    device += b"".join(entry(5, i, field(2, key)) for i, key in enumerate(keys, 1))

    found = list(events(field(1, about) + field(1, device)))
    assert [(e["ph"], e["pid"], e.get("tid")) for e in found if e["ph"] == "M"] == [
        ("M", 1, None),
        ("M", 2, None),
        ("M", 2, 1),
    ]
    assert [e["args"]["name"] for e in found if e["ph"] == "M"] == [
        "/host:metadata",
        "/host:CPU",
        "worker",
    ]
    assert [e for e in found if e["ph"] == "X"] == [
        {
            "ph": "X",
            "name": "dot.1",
            "pid": 2,
            "tid": 1,
            "ts": 2003.0,
            "dur": 0.5,
            "args": {"from": "jit(step)/dense/dot_general"},
        },
        {"ph": "X", "name": "main", "pid": 2, "tid": 1, "ts": 2009.0, "dur": 0.0},
    ]
