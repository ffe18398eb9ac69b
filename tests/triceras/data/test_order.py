import numpy as np
import pytest

from triceras.data.order import Order
from triceras.random.batch_order import permutation

pytestmark = pytest.mark.once


def test_each_epoch_is_a_permutation_cut_into_batches():
    order = Order(seed=5, size=11, batch_size=4)
    assert order.steps_per_epoch == 2
    for epoch in (0, 3):
        rows = order.epoch(epoch)
        assert (rows.shape, rows.dtype) == ((2, 4), "int32")
        np.testing.assert_array_equal(rows.ravel(), permutation(5, epoch, 11)[:8])
        np.testing.assert_array_equal(order.step(2 * epoch + 1), rows[1])


def test_a_buffer_keeps_the_order_near_the_stored_one():
    rows = Order(0, 1000, 10, shuffle_buffer=5).epoch(0).ravel()
    assert np.all(rows <= np.arange(1000) + 4)
    assert not np.array_equal(rows, np.arange(1000))


def test_steps_of_one_shape_are_told_from_the_next():
    order = Order(seed=0, size=96, batch_size=2, buckets=np.arange(96) % 3)
    assert (order.shapes, order.alike) == (3, 2)
    shapes = order.buckets[order.epoch(1)].max(axis=1)
    step = 0
    while step < 48:
        stop = order.end_of_shape(1, step, min(step + 5, 48))
        assert set(shapes[step:stop]) == {shapes[step]}
        assert stop == min(step + 5, 48) or shapes[stop] != shapes[step]
        step = stop
    assert Order(0, 96, 2).end_of_shape(1, 3, 7) == 7
    assert Order(0, 96, 2).alike is None
