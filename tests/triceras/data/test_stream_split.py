"""A stream is read once, whatever trains on it."""

import keras
import numpy as np
import pytest

from triceras.data.batch import BatchPreparation
from triceras.data.dataset import Dataset, Split
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


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.slow_on("tensorflow")
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
