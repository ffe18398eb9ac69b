import gzip
import json

import pytest

from triceras.runs.trace import Row, own_times, read

pytestmark = pytest.mark.once


def event(name, start, took, thread=1, **more):
    return {"ph": "X", "name": name, "ts": start, "dur": took, "pid": 1, "tid": thread, **more}


def test_time_within_is_not_counted_twice():
    events = [event("inner", 12, 3), event("outer", 10, 10), event("after", 20, 5)]
    assert own_times(events) == [("outer", 7), ("inner", 3), ("after", 5)]
    deep = [event("a", 0, 10), event("b", 1, 8), event("c", 2, 3), event("c", 6, 2)]
    assert own_times(deep) == [("a", 2), ("b", 3), ("c", 3), ("c", 2)]


def test_one_that_ends_after_the_one_around_it():
    assert own_times([event("a", 0, 10), event("b", 8, 5)]) == [("a", 8), ("b", 5)]


def test_rows_of_all_threads_the_longest_first(tmp_path):
    events = [
        event("dot.1", 0, 1e6),
        event("dot.23", 0, 2e6, thread=2),
        event("tanh", 2e6, 5e6),
        event("all", 0, 1e9, cat="Trace"),
        {"ph": "M", "name": "thread_name", "pid": 1, "tid": 1},
    ]
    with gzip.open(tmp_path / "trace.json.gz", "wt") as file:
        json.dump({"traceEvents": events}, file)
    assert read(tmp_path / "trace.json.gz") == [Row("tanh", 1, 5.0), Row("dot", 2, 3.0)]
