import numpy as np
import pytest

from triceras.data.stream_reader import StreamReader
from triceras.errors import UserError

pytestmark = pytest.mark.once


class Numbers:
    """Batches of five numbers, up to 20."""

    def __init__(self):
        self.next = 0

    def __iter__(self):
        return self

    def __next__(self):
        if self.next == 20:
            raise StopIteration
        self.next += 5
        return np.arange(self.next - 5, self.next)


class OfIterator(Numbers):
    """Says where it is as Grain's iterators do."""

    def get_state(self):
        return {"next": self.next}

    def set_state(self, state):
        self.next = state["next"]


class OfLoader(Numbers):
    """Says where it is as torchdata's loaders do."""

    def state_dict(self):
        return {"next": self.next}

    def load_state_dict(self, state):
        self.next = state["next"]


class OfLive(Numbers):
    """Gives the dictionary that it goes on with."""

    def __init__(self):
        self.live = {"next": 0}

    @property
    def next(self):
        return self.live["next"]

    @next.setter
    def next(self, value):
        self.live["next"] = value

    def state_dict(self):
        return self.live

    def load_state_dict(self, state):
        self.live = state


def reader(kind, skipped=2):
    left_out = {"x": np.arange(skipped)} if skipped else None
    return StreamReader(kind, lambda item: {"x": item}, left_out, "here")


@pytest.mark.parametrize("kind", [OfIterator, OfLoader, OfLive])
@pytest.mark.parametrize("reads", range(9))
@pytest.mark.parametrize("size", [2, 3])  # by which what is held out ends within an item
def test_it_goes_on_where_its_state_was(kind, reads, size):
    one = reader(kind)
    for _ in range(reads):
        one.read(size)
    state = one.state()
    wanted = [one.read(3)["x"].tolist() for _ in range(9)]
    other = reader(kind)
    other.read(4)
    other.set_state(state)
    assert [other.read(3)["x"].tolist() for _ in range(9)] == wanted


def test_without_a_state_of_its_own_there_is_none():
    assert reader(Numbers).state() is None


def test_each_pass_leaves_the_same_rows_out():
    assert reader(Numbers).read(36)["x"].tolist() == [*range(2, 20), *range(2, 20)]


def test_a_function_may_know_which_pass_it_is():
    def numbers(number_of_pass):
        return iter([np.full(2, number_of_pass)])

    assert reader(numbers, 0).read(6)["x"].tolist() == [0, 0, 1, 1, 2, 2]


def test_what_is_held_out_is_the_same_in_each_pass():
    def shuffled(number_of_pass):
        return iter([np.roll(np.arange(20), number_of_pass)])

    one = reader(shuffled)
    one.read(18)
    with pytest.raises(UserError, match=r"here begins with other examples \('x'\) each time"):
        one.read(1)


def test_what_is_held_out_may_have_no_numbers():
    one = StreamReader(
        lambda: iter([np.array([np.nan, 1.0, 2.0])]),
        lambda item: {"x": item},
        {"x": np.array([np.nan, 1.0])},
        "here",
    )
    assert one.read(2)["x"].tolist() == [2, 2]


def test_what_it_reads_from_is_closed():
    closed = []

    def numbers():
        try:
            yield np.arange(2)
            while True:
                yield np.zeros(2)
        finally:
            closed.append(True)

    one = reader(numbers)
    one.read(3)
    one.close()
    assert closed == [True]


def test_whole_numbers_and_fractions_in_one_batch_are_of_32_bits():
    def stream():
        yield np.arange(3, dtype="int32")
        yield np.array([0.5, 1.5], "float32")

    found = StreamReader(stream, lambda item: {"x": item}, None, "it").read(5)
    assert found["x"].dtype == np.float32
    assert found["x"].tolist() == [0, 1, 2, 0.5, 1.5]
