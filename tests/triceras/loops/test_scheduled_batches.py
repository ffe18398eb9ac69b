import keras
import numpy as np
import pytest

from triceras.data.batch import BatchPreparation
from triceras.data.dataset import Split
from triceras.errors import UserError
from triceras.loops.schedule import Schedule
from triceras.loops.scheduled_batches import ScheduledBatches, telling_data_errors


class Gone(np.ndarray):
    """Rows that can no longer be read."""

    reads = 0

    def __getitem__(self, rows):
        Gone.reads += 1
        if Gone.reads > 2:
            raise UserError("the file is gone")
        return np.asarray(self)[rows]


def test_what_the_data_raise_within_fit_is_what_is_told():
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    split = Split({"x": np.ones((8, 2), "float32").view(Gone), "y": np.ones((8, 1), "float32")})
    batches = ScheduledBatches(split, Schedule(0, 8, 2, 1, None), BatchPreparation("x", "y"))
    with pytest.raises(UserError, match=r"^the file is gone$"), telling_data_errors(batches):
        model.fit(batches, shuffle=False, verbose=0)


class Lent(Split):
    """Gives the memory in which it keeps its rows, as workers do."""

    streamed = True

    def take_step(self, step, rows, names):
        return {name: self[name][:2] for name in names}


def test_a_batch_is_not_memory_that_was_lent():
    split = Lent({"x": np.ones((8, 2), "float32"), "y": np.ones((8, 1), "float32")})
    batches = ScheduledBatches(split, Schedule(0, 8, 2, 1, None), BatchPreparation("x", "y"))
    assert not any(np.shares_memory(batches[0][i], split[name]) for i, name in enumerate("xy"))
