import keras
import numpy as np
import pytest

from triceras.data.batch import BatchPreparation
from triceras.data.dataset import Split
from triceras.errors import UserError
from triceras.loops.schedule import Schedule
from triceras.loops.scheduled_batches import (
    ScheduledBatches,
    evaluation_data,
    telling_data_errors,
)


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


@pytest.mark.slow_on("jax")
def test_what_is_in_lists():
    inputs = [keras.Input((2,)), keras.Input((2,))]
    model = keras.Model(inputs, [keras.layers.Add()(inputs), keras.layers.Dense(1)(inputs[0])])
    model.compile("sgd", ["mse", "mse"], run_eagerly=True)
    split = Split({"x": np.ones((2, 2), "float32"), "y": np.ones((2, 1), "float32")})
    batch = BatchPreparation(["x", "x"], ["x", "y"], ["y", "y"])
    batches = ScheduledBatches(split, Schedule(0, 2, 2, 1, None), batch)
    history = model.fit(batches, shuffle=False, verbose=0).history
    with evaluation_data(split, batch, 2) as data:
        model.evaluate(**data, verbose=0)
    assert history["loss"][0] > 1.0


class Lent(Split):
    """Gives the memory in which it keeps its rows, as workers do."""

    streamed = True

    def take_step(self, step, rows, names):
        return {name: self[name][:2] for name in names}


def test_a_batch_is_not_memory_that_was_lent():
    split = Lent({"x": np.ones((8, 2), "float32"), "y": np.ones((8, 1), "float32")})
    batches = ScheduledBatches(split, Schedule(0, 8, 2, 1, None), BatchPreparation("x", "y"))
    assert not any(np.shares_memory(batches[0][i], split[name]) for i, name in enumerate("xy"))


class Made(Split):
    """Rows of whole numbers, but for those of one step, which are fractions."""

    streamed = True

    def __init__(self, fractions):
        super().__init__({"x": np.zeros((8, 2), "float32"), "y": np.zeros((8, 1), "float32")})
        self.fractions = fractions

    def in_memory(self, names):
        return False

    def take_step(self, step, rows, names):
        made = np.full((2, 2), 3, "int32") / (2 if step == self.fractions else 1)
        made = made.astype("float32" if step == self.fractions else "int32")
        return {"x": made, "y": np.zeros((2, 1), "float32")}

    def take(self, rows, names=None):
        return self.take_step(rows.start // 2, rows, names)


class Sum(keras.Model):
    """Gives the sum of an example, whatever it is trained to."""

    def __init__(self):
        super().__init__()
        self.factor = self.add_weight(shape=(), initializer="ones", name="factor")

    def call(self, inputs):
        return self.factor * keras.ops.sum(keras.ops.cast(inputs, "float32"), -1, keepdims=True)


def summed():
    model = Sum()
    model.compile(keras.optimizers.SGD(0.0), "mean_absolute_error", jit_compile=False)
    return model


@pytest.mark.slow_on("jax", "tensorflow")
@pytest.mark.in_turn
@pytest.mark.parametrize("fractions", [0, 3])
def test_fractions_are_not_cut_to_whole_numbers(fractions, backend):
    split, batch = Made(fractions), BatchPreparation("x", "y")
    batches = ScheduledBatches(split, Schedule(0, 8, 2, 1, None), batch)
    model = summed()

    def fit():
        with telling_data_errors(batches):
            return model.fit(batches, shuffle=False, verbose=0).history["loss"][0]

    def evaluate():
        with evaluation_data(split, batch, 2) as data:
            return model.evaluate(**data, verbose=0)

    for compute in (fit, evaluate):
        if backend == "tensorflow" and fractions:
            with pytest.raises(UserError, match=r"^x is int32 in the first batch and float32 in a"):
                compute()
        else:
            assert compute() == pytest.approx((3 * 6 + 3) / 4)
