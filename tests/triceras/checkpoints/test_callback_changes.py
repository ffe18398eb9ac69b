import collections
import functools
import logging
import random

import keras
import numpy as np
import pytest

from triceras.checkpoints import callback_changes, callback_state
from triceras.checkpoints.callback_changes import Begun, is_plain, mark, marks

pytestmark = pytest.mark.once


@pytest.fixture(autouse=True)
def messages_reach_caplog(monkeypatch):
    # A test that wrote a train.log has kept the package's messages from the root logger.
    monkeypatch.setattr(logging.getLogger("triceras"), "propagate", True)


class Remembering(keras.callbacks.Callback):
    def __init__(self, last=()):
        super().__init__()
        self.last = collections.deque(last, maxlen=3)
        self.by_epoch, self.seen, self.table = {}, set(), {1: "one"}
        self.generator, self.file, self.count = np.random.default_rng(0), object(), 0

    def on_epoch_end(self, epoch, logs=None):
        self.last.append(epoch)
        self.by_epoch[epoch] = epoch
        self.seen.add(epoch)
        self.generator.random()
        self.count += 1


class Saying(Remembering):
    def get_state(self):
        return {"by_epoch": {str(epoch): value for epoch, value in self.by_epoch.items()}}


class Patient(keras.callbacks.EarlyStopping):
    pass


def test_what_changes_and_is_not_kept_is_named_once(caplog):
    callbacks = [
        Remembering(),
        Remembering([1]),
        Saying(),
        Patient("loss", patience=9, mode="min"),
        keras.callbacks.EarlyStopping("loss", patience=9, mode="min"),
    ]
    for callback in callbacks:
        callback.on_train_begin()
    begun = Begun(callbacks)
    callback_state.take(callbacks, begun)
    assert not caplog.messages
    for epoch in range(2):
        for callback in callbacks:
            callback.params = {"epochs": epoch}
            callback.on_epoch_end(epoch, {"loss": 1.0})
        _, document = callback_state.take(callbacks, begun)
        assert document[0]["state"] == {"count": epoch + 1}
    assert caplog.messages == [
        f"{name} of Remembering is not kept in checkpoints: give it get_state and set_state"
        for name in ("by_epoch", "generator", "last", "seen")
    ]


def test_marks_are_equal_where_values_are():
    thing = object()
    rings = [1]
    rings.append(rings)
    large = np.zeros((2**10, 2**9))
    other_large = large.copy()
    other_large[-1, -1] = 1.0
    same = [
        large.T,
        float("nan"),
        {1: [thing]},
        {"a", thing},
        np.ones(2),
        random.Random(0),
        rings,
        (1, 2),
    ]
    for value in same:
        assert mark(value) == mark(value)
        hash(mark(value))
    pairs = [(1, True), (1.0, 1), ([1], (1,)), (object(), object()), (np.ones(2), np.ones(2, "f"))]
    pairs += [(large, other_large), (large.T, other_large.T)]
    pairs += [({1: 2}, {1: 3}), (range(3), range(3, 5)), ([0] * 2000, [0] * 2001)]
    for one, other in pairs:
        assert mark(one) != mark(other)


def test_numbers_that_numpy_lacks_are_plain_and_named_tuples_are_not():
    pair = collections.namedtuple("pair", "a b")
    assert is_plain(keras.ops.convert_to_numpy(keras.ops.cast([1.0], "bfloat16")))
    assert not is_plain(pair(1, 2))


def test_variables_and_metrics_that_change_are_told_of(caplog):
    class Averaging(keras.callbacks.Callback):
        def __init__(self):
            super().__init__()
            self.averages = [keras.Variable([0.0, 0.0])]
            self.mean = keras.metrics.Mean()

    callback = Averaging()
    begun = Begun([callback])
    assert not begun.changed(callback)
    callback.averages[0].assign([1.0, 2.0])
    callback.mean.update_state(3.0)
    assert begun.changed(callback) == {"averages", "mean"}


class Meter:
    """Adds up, for a callback, which it may know."""

    def __init__(self, owner=None):
        self.owner, self.total = owner, 0.0


class Holding(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.noise = keras.random.SeedGenerator(0)
        self.average = keras.layers.Dense(1)
        self.average.build((None, 2))
        self.meter, self.meters = Meter(self), {"loss": [Meter()]}
        self.still = Meter()


def test_what_changes_in_objects_that_a_callback_has_is_told_of():
    callback = Holding()
    begun = Begun([callback])
    assert not begun.changed(callback)
    keras.random.normal((1,), seed=callback.noise)
    callback.average.kernel.assign([[1.0], [2.0]])
    callback.meter.total += 1.0
    callback.meters["loss"][0].total += 1.0
    assert begun.changed(callback) == {"noise", "average", "meter", "meters"}


@pytest.mark.parametrize("around", [Meter, lambda inner: {"inner": inner}, lambda inner: [inner]])
def test_what_lies_deep_and_does_not_change_is_not_told_of(around):
    for depth in range(10):
        callback = Holding()
        callback.meter = functools.reduce(lambda inner, _: around(inner), range(depth), object())
        assert not Begun([callback]).changed(callback)
        callback.meters = [callback.meter]
        assert not Begun([callback]).changed(callback)


def test_what_is_kept_with_the_model_is_not_told_of():
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.5), "mse")
    callback = keras.callbacks.Callback()
    callback.set_model(model)
    callback.layer, callback.weights = model.layers[0], [*model.trainable_variables]
    callback.optimizer = model.optimizer
    before = marks(callback)
    model.set_weights([value + 1.0 for value in model.get_weights()])
    model.optimizer.learning_rate = 0.25
    assert marks(callback) == before


class Scaled(keras.layers.Layer):
    """Multiplies by a number of an object."""

    def __init__(self, scale):
        super().__init__()
        self.scale = scale

    def call(self, inputs):
        return inputs * self.scale.total


def test_an_object_that_a_layer_has_is_kept_with_the_model():
    meter = Meter()
    model = keras.Sequential([keras.Input((2,)), Scaled(meter), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    callback = Holding()
    callback.set_model(model)
    callback.of_layer = meter
    begun = Begun([callback])
    meter.total = callback.still.total = 2.0
    assert begun.changed(callback) == {"still"}


def test_objects_that_know_of_each_other_are_not_looked_at_in_each_way(monkeypatch):
    callback, asked = Holding(), []
    callback.meters = [Meter() for _ in range(20)]
    for meter in callback.meters:
        meter.owner = callback.meters
    has_attributes = callback_changes.has_attributes
    monkeypatch.setattr(
        callback_changes, "has_attributes", lambda value: asked.append(1) or has_attributes(value)
    )
    begun = Begun([callback])
    assert len(asked) < 21 * 21
    callback.meters[-1].total = 1.0
    assert begun.changed(callback) == {"meters"}


def test_an_array_in_a_file_is_not_read(tmp_path):
    np.save(tmp_path / "array.npy", np.zeros(2))
    array = np.load(tmp_path / "array.npy", mmap_mode="r+")
    before = mark(array)
    array[:] = 1.0
    assert mark(array) == before != mark(np.load(tmp_path / "array.npy", mmap_mode="r+"))
