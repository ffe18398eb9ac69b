import pytest

from triceras.runs.trace import Row, name_and_part, own_times, part_of, read, write

pytestmark = pytest.mark.once


def event(name, start, took, thread=1, **more):
    return {"ph": "X", "name": name, "ts": start, "dur": took, "pid": 1, "tid": thread, **more}


def times(events):
    return [(event["name"], own) for event, own in own_times(events)]


def test_time_within_is_not_counted_twice():
    events = [event("inner", 12, 3), event("outer", 10, 10), event("after", 20, 5)]
    assert times(events) == [("outer", 7), ("inner", 3), ("after", 5)]
    deep = [event("a", 0, 10), event("b", 1, 8), event("c", 2, 3), event("c", 6, 2)]
    assert times(deep) == [("a", 2), ("b", 3), ("c", 3), ("c", 2)]


def test_one_that_ends_after_the_one_around_it():
    assert times([event("a", 0, 10), event("b", 8, 5)]) == [("a", 8), ("b", 5)]


def test_rows_of_all_threads_the_longest_first(tmp_path):
    path = "jit(step)/transpose(jvp(vae))/decoder/dot_general"
    events = [
        event("dot.1", 0, 1e6),
        event("dot.23", 0, 2e6, thread=2),
        event("dot.4", 3e6, 4e6, thread=2, args={"from": path}),
        event("tanh", 2e6, 5e6),
        event("all", 0, 1e9, cat="Trace"),
        {"ph": "M", "name": "thread_name", "pid": 1, "tid": 1},
    ]
    write(tmp_path / "trace.json.gz", events)
    assert read(tmp_path / "trace.json.gz") == [
        Row("tanh", "", 1, 5.0),
        Row("dot", "vae/decoder (gradient)", 1, 4.0),
        Row("dot", "", 2, 3.0),
    ]


def test_events_that_are_written_lie_within_each_other(tmp_path):
    inner, later = event("inner", 8, 5), event("later", 10, 2)
    other = event("other", 9, 9, thread=2)
    write(tmp_path / "trace.json.gz", [inner, event("outer", 0, 10), later, other])
    assert [inner["dur"], later["dur"], other["dur"]] == [2, 2, 9]


@pytest.mark.parametrize(
    ("path", "part"),
    [
        ("jit(loop)/while/body/jit(step)/jvp(vae)/encoder/dense/dot_general", "vae/encoder/dense"),
        ("jit(step)/transpose(jvp(cnn))/conv2d/reduce_sum", "cnn/conv2d (gradient)"),
        ("jit(loop)/while/body/jit(step)/adam/sub", "adam"),
        ("jit(loop)/while/body/jit(step)/jvp()/mul", ""),
        ("gradient_tape/while/vae_1/dense_1/BiasAdd/BiasAddGrad", "vae_1/dense_1 (gradient)"),
        ("while/body/_1/while/cnn_1/conv2d_1_2/convolution", "cnn_1/conv2d_1_2"),
        ("reduce_sum", ""),
        ("", ""),
    ],
)
def test_the_part_of_a_model(path, part):
    assert part_of(path) == part


def test_a_kernel_says_what_it_is_of():
    named = name_and_part({"name": "while/body/_1/while/cnn_1/conv2d_1/convolution:_MklConv2D"})
    assert named == ("_MklConv2D", "cnn_1/conv2d_1")
    assert name_and_part({"name": "aten::mm"}) == ("aten::mm", "")
    assert name_and_part({"name": "EagerLocalExecute: a/b"}) == ("EagerLocalExecute: a/b", "")
