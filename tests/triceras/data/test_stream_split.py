"""A stream is read once, whatever trains on it."""

import keras
import numpy as np
import pytest

from triceras.data.batch import BatchPreparation
from triceras.data.dataset import Dataset, Split
from triceras.data.not_finite import first_not_finite
from triceras.data.stream_reader import StreamReader
from triceras.data.stream_split import StreamSplit
from triceras.loops.job import Job
from triceras.loops.recorder import Recorder
from triceras.loops.schedule import Schedule
from triceras.testing.loops import LOOPS


class Shuffled:
    """Another order in each pass, as a loader has that shuffles with a generator of its own."""

    def __init__(self):
        self.generator = np.random.default_rng(0)
        self.passes = 0

    def __call__(self):
        self.passes += 1
        for row in self.generator.permutation(60):
            yield np.full((1, 1), row, "float32")


@pytest.mark.in_turn
@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.slow
def test_a_loop_reads_a_stream_from_its_beginning_once(loop):
    function, losses = Shuffled(), []
    reader = StreamReader(function, lambda item: {"x": item, "y": item}, None, "it")
    split = StreamSplit(reader, 2, 4)
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, kernel_initializer="zeros")])
    model.compile(keras.optimizers.SGD(0.0), "mean_absolute_error", jit_compile=False)
    test = Split({"x": np.zeros((2, 1)), "y": np.zeros((2, 1))})
    job = Job(
        model,
        Dataset("stream", split, None, test),
        BatchPreparation("x", "y"),
        Schedule(0, len(split), 2, None, 10),
        2,
        [],
        Recorder([lambda step, values: losses.extend(values["loss"])]),
        progress_bar=False,
    )
    LOOPS[loop](job).train()
    assert function.passes == 1
    order = np.random.default_rng(0).permutation(60)[:20]
    np.testing.assert_allclose(losses, order.reshape(10, 2).mean(1))


@pytest.mark.once
@pytest.mark.parametrize(
    ("part", "row", "value"), [("x", 0, np.inf), ("y", 7, np.nan), ("x", 9, -1)]
)
def test_where_a_stream_held_no_number_is_known_to_who_asks(part, row, value):
    def rows():
        for number in range(12):
            example = {"x": np.full((1, 2), number, "float32"), "y": np.ones((1, 2), "float32")}
            if number == row:
                example[part][0, 1] = value
            yield example

    split = StreamSplit(StreamReader(rows, lambda item: item, None, "it"), 2, 6)
    for step in range(6):
        split.take_step(step, None, ["x", "y"])
    found = first_not_finite(split, ["x", "y"])
    assert repr(found) == repr(None if value == -1 else (part, row, float(value)))
    assert first_not_finite(split, ["y" if part == "x" else "x"]) is None
