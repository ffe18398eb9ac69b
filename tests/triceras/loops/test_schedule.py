import numpy as np
import pytest

from triceras.errors import UserError
from triceras.loops.schedule import Schedule

pytestmark = pytest.mark.once


def make(**changes):
    return Schedule(
        **({"seed": 0, "size": 103, "batch_size": 10, "epochs": 3, "max_steps": None} | changes)
    )


def test_steps_and_epochs():
    schedule = make()
    assert (schedule.steps_per_epoch, schedule.total_steps, schedule.epochs) == (10, 30, 3)


@pytest.mark.parametrize(
    ("epochs", "max_steps", "steps", "epochs_begun"),
    [(3, 25, 25, 3), (None, 25, 25, 3), (3, 100, 30, 3), (3, 20, 20, 2), (1, 1, 1, 1)],
)
def test_whichever_limit_comes_first(epochs, max_steps, steps, epochs_begun):
    schedule = make(epochs=epochs, max_steps=max_steps)
    assert (schedule.total_steps, schedule.epochs) == (steps, epochs_begun)


def test_last_epoch_is_cut_short():
    schedule = make(epochs=None, max_steps=25)
    assert [schedule.steps_in(epoch) for epoch in range(3)] == [10, 10, 5]


def test_an_epoch_sees_each_row_at_most_once():
    indices = make().chunk(0, 0, 10).indices
    assert indices.shape == (10, 10)
    assert len(np.unique(indices)) == 100
    assert indices.min() >= 0
    assert indices.max() < 103


def test_order_follows_from_seed_and_epoch_alone():
    first = make().chunk(1, 0, 10)
    schedule = make()
    schedule.chunk(0, 0, 10)
    again = schedule.chunk(1, 0, 10)
    np.testing.assert_array_equal(first.indices, again.indices)
    np.testing.assert_array_equal(first.keys, again.keys)
    for other in (make(seed=1).chunk(1, 0, 10), make().chunk(2, 0, 10)):
        assert (other.indices != first.indices).any()
        assert (other.keys != first.keys).any()


def test_chunks_cut_an_epoch():
    schedule = make()
    whole = schedule.chunk(0, 0, 10)
    parts = [schedule.chunk(0, 0, 4), schedule.chunk(0, 4, 10)]
    np.testing.assert_array_equal(np.concatenate([p.indices for p in parts]), whole.indices)
    np.testing.assert_array_equal(np.concatenate([p.keys for p in parts]), whole.keys)


def test_shuffle_buffer_stays_close_to_the_stored_order():
    indices = make(shuffle_buffer=5).chunk(0, 0, 10).indices.ravel()
    assert (indices <= np.arange(100) + 4).all()
    assert (indices != np.arange(100)).any()


def test_batch_larger_than_the_data():
    with pytest.raises(UserError, match=r"batch_size=104 is larger than the training data \(103"):
        make(batch_size=104)


def test_no_end():
    with pytest.raises(UserError, match="nothing says when to stop"):
        make(epochs=None)
