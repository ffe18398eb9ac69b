import collections
import enum
import json

import keras
import numpy as np
import pytest

from triceras.checkpoints import callback_state
from triceras.checkpoints.callback_changes import Begun
from triceras.checkpoints.state_file import read_state, write_state
from triceras.errors import UserError


def moved(before, after):
    """What `after` remembers once it has been given what `before` did, by way of JSON."""
    arrays, document = callback_state.take(before)
    for callback in after:
        callback.on_train_begin()
    callback_state.give(after, arrays, json.loads(json.dumps(document)))
    return after


def test_early_stopping_goes_on_with_its_patience():
    def make():
        callback = keras.callbacks.EarlyStopping("loss", min_delta=0.1, patience=5, mode="min")
        model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
        callback.set_model(model)
        return callback

    before = make()
    before.on_train_begin()
    for epoch, loss in enumerate([3.0, 2.0, 2.0, 2.0]):
        before.on_epoch_end(epoch, {"loss": loss})
    (after,) = moved([before], [make()])
    assert (after.best, after.wait, after.best_epoch) == (2.0, 2, 1)
    # The sign of min_delta, which Keras turns at the first epoch, is not turned twice.
    after.on_epoch_end(4, {"loss": 1.95})
    assert after.best == 2.0
    after.on_epoch_end(5, {"loss": 1.5})
    assert (after.best, after.wait) == (1.5, 0)
    assert after.min_delta == before.min_delta


def test_best_weights_are_kept():
    before, after = (
        keras.callbacks.EarlyStopping("loss", mode="min", restore_best_weights=True)
        for _ in range(2)
    )
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    before.set_model(model)
    before.on_train_begin()
    before.on_epoch_end(0, {"loss": 1.0})
    moved([before], [after])
    for a, b in zip(before.best_weights, after.best_weights, strict=True):
        np.testing.assert_array_equal(a, b)


def test_plateau_and_history():
    before = [keras.callbacks.ReduceLROnPlateau("loss"), keras.callbacks.History()]
    before[0].best, before[0].wait, before[0].cooldown_counter = np.float32(0.25), 3, 2
    before[1].epoch, before[1].history = [0, 1], {"loss": [2.0, 1.0]}
    plateau, history = moved(
        before, [keras.callbacks.ReduceLROnPlateau("loss"), keras.callbacks.History()]
    )
    assert (plateau.best, plateau.wait, plateau.cooldown_counter) == (0.25, 3, 2)
    assert type(plateau.best) is np.float32
    assert (history.epoch, history.history) == ([0, 1], {"loss": [2.0, 1.0]})


class Own(keras.callbacks.Callback):
    def __init__(self, secret):
        super().__init__()
        self.secret = secret
        self.count = 0

    def get_state(self):
        return {"count": self.count}

    def set_state(self, state):
        self.count = state["count"]


def test_a_callback_may_say_itself_what_it_remembers():
    first, second = Own("a"), Own("b")
    first.count, second.count = 1, 2
    again = moved([first, second], [Own("c"), keras.callbacks.Callback(), Own("d")])
    assert [(c.count, c.secret) for c in (again[0], again[2])] == [(1, "c"), (2, "d")]


def test_what_is_no_plain_value_stays_out():
    callback = keras.callbacks.LambdaCallback()
    callback.file, callback.mixed, callback.number = object(), [1, object()], 5
    assert callback_state.state_of(callback) == {"number": 5}


class Annealing(keras.callbacks.Callback):
    def __init__(self, weight=0.0, step=0.5):
        super().__init__()
        self.weight, self.step = weight, step

    def on_epoch_end(self, epoch, logs=None):
        self.weight += self.step


class Patient(keras.callbacks.EarlyStopping):
    def __init__(self, times=2):
        super().__init__("loss", min_delta=0.1, patience=9, mode="min")
        self.times = times


def test_arguments_that_training_has_changed_are_kept():
    before = Annealing(), Patient()
    before[1].on_train_begin()
    begun = Begun(before)
    assert callback_state.state_of(before[0], begun) == {}
    for epoch in range(3):
        before[0].on_epoch_end(epoch)
        before[1].on_epoch_end(epoch, {"loss": 1.0})
    before[1].times -= 1
    before[1].patience += 3
    arrays, document = callback_state.take(before, begun)
    assert document[0]["state"] == {"weight": 1.5}
    assert document[1]["state"]["times"] == 1
    # Keras turns its sign in the first epoch, and would turn it again.
    assert "min_delta" not in document[1]["state"]
    after = Annealing(step=0.25), Patient()
    callback_state.give(after, arrays, json.loads(json.dumps(document)))
    assert (after[0].weight, after[0].step) == (1.5, 0.25)
    assert (after[1].times, after[1].patience) == (1, 12)


def test_what_older_checkpoints_do_not_have_stays():
    after = Annealing(weight=3.0)
    callback_state.give([after], {}, [{"class": "Annealing", "state": {}}])
    assert after.weight == 3.0


class Kinds(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.seen = collections.defaultdict(list)
        self.counts = collections.Counter()
        self.phase = Level.LOW


class Level(enum.IntEnum):
    LOW = 0
    HIGH = 1


def test_dictionaries_and_enumerations_stay_of_their_kind():
    before, after = Kinds(), Kinds()
    before.seen["a"].append(1)
    before.counts["b"] += 2
    before.phase = Level.HIGH
    moved([before], [after])
    after.seen["new"].append(3)
    assert after.seen == {"a": [1], "new": [3]}
    after.counts["c"] += 1
    assert after.counts == {"b": 2, "c": 1}
    assert after.phase is Level.HIGH


class Lists(list):
    """A kind of list."""


class ByDefault(collections.defaultdict):
    def __init__(self):
        super().__init__(list)


class Changing(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.current = self.best = collections.Counter()
        self.ordered, self.some, self.seen = collections.OrderedDict(), Lists(), ByDefault()
        self.phase = self.other_phase = self.last_phase = Level.LOW


def test_what_became_of_another_kind_comes_back_as_it_was():
    before, after = Changing(), Changing()
    before.ordered, before.some = None, 0.5
    before.phase, before.other_phase, before.last_phase = None, 7, True
    moved([before], [after])
    assert (after.ordered, after.some) == (None, 0.5)
    assert (after.phase, after.other_phase, after.last_phase) == (None, 7, True)
    assert after.last_phase is True


def test_what_began_as_one_comes_back_as_two():
    before, after = Changing(), Changing()
    before.current, before.best = collections.Counter(a=1), collections.Counter(b=2)
    before.some.append(1)
    before.seen["a"].append(1)
    moved([before], [after])
    assert (after.current, after.best) == ({"a": 1}, {"b": 2})
    assert type(after.best) is collections.Counter
    assert type(after.some) is Lists
    assert after.some == [1]
    assert after.seen["new"] == []
    assert after.seen["a"] == [1]


def test_an_error_of_a_kind_of_ones_own_is_not_hidden():
    class Broken(dict):
        def __copy__(self):
            raise RuntimeError("a bug")

    with pytest.raises(RuntimeError, match="a bug"):
        callback_state.as_before(Broken(), {"a": 1})


@pytest.mark.parametrize(
    "state",
    [
        {"counts": {0: 3, 1: 5}},
        {"by pair": {(1, 2): [None]}},
        {"z": np.complex64(1j)},
        {"text": np.str_("a")},
    ],
)
def test_what_a_callback_says_may_be_all_that_a_checkpoint_can_hold(state, tmp_path):
    class Saying(keras.callbacks.Callback):
        def get_state(self):
            return state

        def set_state(self, state):
            self.given = state

    after = Saying()
    arrays, document = callback_state.take([Saying()])
    write_state(tmp_path / "state.npz", arrays, {"callbacks": document})
    arrays, written = read_state(tmp_path / "state.npz")
    callback_state.give([after], arrays, written["callbacks"])
    assert after.given == state


@pytest.mark.parametrize("part", [{1, 2}, np.array(["a"]), 1j, {0: [object()]}, {b"a": 1}])
def test_a_state_that_cannot_be_written_names_its_callback(part):
    class Odd(keras.callbacks.Callback):
        def get_state(self):
            return {"seen": part}

    with pytest.raises(UserError, match="get_state of Odd gives what no checkpoint can hold"):
        callback_state.take([Odd()])
