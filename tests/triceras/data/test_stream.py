import numpy as np
import pytest

from triceras.data.stream import load
from triceras.errors import UserError
from triceras.testing.small import sources
from triceras.testing.small.sources import COUNT, columns

pytestmark = pytest.mark.once

HERE = "triceras.testing.small.sources"


def two_shapes():
    yield {"x": np.zeros((2, 3))}
    yield {"x": np.zeros((2, 4))}


def two_kinds():
    yield {"x": np.zeros((2, 3))}
    yield {"y": np.zeros((2, 3))}


def short():
    return iter([])


def failing():
    yield {"x": np.zeros((2, 3))}
    raise OSError("gone")


def stream(name="batches", source=HERE, **options):
    usual = {"steps_per_epoch": 4, "batch_size": 8, "test_size": 9, "validation_size": 3}
    return load(source=f"{source}.{name}", **(usual | options))


def taken(data, steps):
    return np.concatenate([data.train.take_step(s, None, ["point"])["point"] for s in steps])


@pytest.mark.parametrize("name", ["batches", "one_by_one"])
def test_steps_take_what_comes_next_and_begin_again_at_the_end(name):
    data = stream(name, batched=name == "batches")
    points = columns()["point"]
    np.testing.assert_array_equal(data.test["point"], points[:9])
    np.testing.assert_array_equal(data.validation["point"], points[9:12])
    rest = np.concatenate([points[12:], points[12:]])
    np.testing.assert_array_equal(taken(data, range(9)), rest[:72])
    assert len(data.train) == 32


def in_one_buffer(name):
    """Gives the same memory each time, filled anew."""
    held = {}
    for item in getattr(sources, name)():
        held = held or {key: np.empty_like(value) for key, value in item.items()}
        for key, value in item.items():
            held[key][...] = value
        yield held


@pytest.mark.parametrize("name", ["batches", "one_by_one"])
def test_memory_that_is_filled_anew_is_copied_in_time(name):
    given = {"batched": name == "batches", "options": {"name": name}}
    data = stream(
        "in_one_buffer", source=__name__, test_source=f"{__name__}.in_one_buffer", **given
    )
    points = columns()["point"]
    np.testing.assert_array_equal(data.test["point"], points)
    np.testing.assert_array_equal(data.validation["point"], points[:3])
    rest = np.concatenate([points[3:], points[3:]])
    np.testing.assert_array_equal(taken(data, range(9)), rest[:72])


def test_the_same_step_again_one_before_and_one_later():
    data = stream()
    wanted = taken(data, range(5))
    np.testing.assert_array_equal(taken(data, [4]), wanted[32:])
    np.testing.assert_array_equal(taken(data, [1]), wanted[8:16])
    np.testing.assert_array_equal(taken(data, [3]), wanted[24:32])
    np.testing.assert_array_equal(data.train.take(slice(8))["point"], wanted[:8])


def test_streams_of_their_own_for_validation_and_test():
    data = stream(validation_source=f"{HERE}.batches", test_source=f"{HERE}.batches")
    assert len(data.validation) == len(data.test) == COUNT
    np.testing.assert_array_equal(taken(data, [0]), columns()["point"][:8])


@pytest.mark.parametrize(
    ("name", "source", "options", "message"),
    [
        ("two_shapes", __name__, {}, r"'x' of shape \(3,\) and of \(4,\)"),
        ("two_kinds", __name__, {}, "gives x, and then y"),
        ("short", __name__, {}, "ended after 0 examples"),
        ("failing", __name__, {}, "failed.*OSError: gone"),
        ("one_by_one", HERE, {}, "use data.batched=false"),
        ("batches", HERE, {"labels": "z"}, r"^data\.labels=z is unknown: .* has point"),
        ("batches", HERE, {"test_size": 0}, "has nothing to test with"),
        ("batches", HERE, {"steps_per_epoch": 0}, "data.steps_per_epoch=0 is unknown"),
        ("batches", HERE, {"test_size": 100}, "ended before .* 103 examples, were read"),
    ],
)
def test_what_does_not_fit_is_told_in_one_line(name, source, options, message):
    with pytest.raises(UserError, match=message) as caught:
        stream(name, source, **options)
    assert "\n" not in str(caught.value)


def test_what_needs_rows_by_number_is_told():
    with pytest.raises(UserError, match="a stream has no rows by number"):
        stream().train.take(slice(9))
    with pytest.raises(UserError, match="a stream has no rows by number"):
        stream().train["point"][:]
    with pytest.raises(UserError, match="cannot be divided"):
        stream().train.some(slice(3))


def shuffled(number_of_pass):
    order = np.random.default_rng(number_of_pass).permutation(64)
    return iter([{"point": order.astype("float32"), "label": order % 2}])


calls = []


def shuffled_each_time():
    calls.append(None)
    return shuffled(len(calls))


@pytest.mark.parametrize("name", ["shuffled", "shuffled_each_time"])
def test_what_is_held_out_is_not_trained_on(name):
    with pytest.raises(UserError, match="the 12 that are held out would be trained on"):
        stream(name, source=__name__)
