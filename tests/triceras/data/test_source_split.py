import numpy as np
import pytest

from triceras.data.examples import Examples
from triceras.data.order import Order
from triceras.data.source_split import SourceSplit, check_workers
from triceras.errors import UserError
from triceras.testing.small.sources import COUNT, Points, example

pytestmark = pytest.mark.once

ORDER = Order(seed=3, size=20, batch_size=8)


def split(workers=0):
    return SourceSplit(Examples(Points(), None, "here"), np.arange(0, COUNT, 3), workers)


def test_rows_are_made_when_they_are_asked_for():
    rows = split().take(np.array([19, 2]), ["point"])
    np.testing.assert_array_equal(rows["point"][0], example(57)["point"])
    np.testing.assert_array_equal(rows["point"][1], example(6)["point"])
    assert len(split()) == 20
    assert split()["point"].shape == (20, 4)
    assert len(split().some(slice(5))) == 5
    assert not split().in_memory(["point"])
    assert split().whole().in_memory(["point"])


@pytest.mark.slow
def test_workers_make_the_same_bits_in_the_same_order_from_any_step_on():
    alone, helped = split(), split(workers=2)
    helped.follow(ORDER, ["point", "label"])
    try:
        for step in (0, 0, 1, 2, 3, 7):
            rows = ORDER.step(step)
            found = helped.take_step(step, rows, ["point", "label"])
            wanted = alone.take(rows, ["point", "label"])
            for name, array in wanted.items():
                np.testing.assert_array_equal(found[name], array)
    finally:
        helped.close()
    # What is held of workers at the end of a process is told as a leak.
    assert not helped.batch


@pytest.mark.slow
def test_workers_bring_all_into_memory():
    wanted, found = split().whole(), split(workers=2).whole()
    for name in ("point", "label"):
        np.testing.assert_array_equal(found[name], wanted[name])


def test_the_examples_of_splits_of_one_source_come_one_after_the_other():
    examples = Examples(Points(), None, "here")
    splits = [SourceSplit(examples, np.array(positions)) for positions in ([4, 2], [9])]
    assert SourceSplit.joined(splits).all_of(["label"])["label"].tolist() == [1, 2, 0]


@pytest.mark.parametrize("workers", [-1, 1.5, True, None])
def test_what_is_no_number_of_workers_is_told(workers):
    with pytest.raises(UserError, match=r"data.workers=.* is unknown"):
        check_workers(workers)
