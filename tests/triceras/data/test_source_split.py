import sys

import numpy as np
import pytest

from triceras.data import source_split
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


def check_steps(helped, steps):
    """Checks that steps are what they are without workers."""
    alone = split()
    helped.follow(ORDER, ["point", "label"])
    try:
        for step in steps:
            rows = ORDER.step(step)
            found = helped.take_step(step, rows, ["point", "label"])
            for name, array in alone.take(rows, ["point", "label"]).items():
                np.testing.assert_array_equal(found[name], array)
    finally:
        helped.close()
    # What is held of workers at the end of a process is told as a leak.
    assert not helped.batch


@pytest.mark.slow
def test_workers_make_the_same_bits_in_the_same_order_from_any_step_on():
    check_steps(split(workers=2), (3, 3, 4, 5, 6, 7))


class Here:
    """Makes what a worker would, in this process."""

    begun, closed = 0, 0

    def __init__(self, source, workers):
        Here.begun += 1
        self.source, self.number = source, 0

    def __next__(self):
        self.number += 1
        return self.source[self.number - 1]

    def close(self):
        Here.closed += 1


def test_workers_begin_anew_where_a_step_is_not_the_next_one(monkeypatch):
    monkeypatch.setattr(source_split, "worked", Here)
    check_steps(split(workers=2), (0, 0, 1, 2, 7, 3))
    assert (Here.begun, Here.closed) == (3, 3)


class Telling(Points):
    """Says what a worker has imported, which takes it longer than most examples."""

    def __getitem__(self, number):
        slow = {"hydra", "keras", "tensorflow", "torch"} & set(sys.modules)
        return {**super().__getitem__(number), "slow": len(slow)}


@pytest.mark.slow
def test_workers_bring_all_into_memory():
    def telling(workers):
        return SourceSplit(Examples(Telling(), None, "here"), np.arange(0, COUNT, 3), workers)

    wanted, found = telling(0).whole(), telling(1).whole()
    for name in ("point", "label"):
        np.testing.assert_array_equal(found[name], wanted[name])
    assert not found["slow"].any()


def test_the_examples_of_splits_of_one_source_come_one_after_the_other():
    examples = Examples(Points(), None, "here")
    splits = [SourceSplit(examples, np.array(positions)) for positions in ([4, 2], [9])]
    assert SourceSplit.joined(splits).all_of(["label"])["label"].tolist() == [1, 2, 0]


@pytest.mark.parametrize("workers", [-1, 1.5, True, None])
def test_what_is_no_number_of_workers_is_told(workers):
    with pytest.raises(UserError, match=r"data.workers=.* is unknown"):
        check_workers(workers)
