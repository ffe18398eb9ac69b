import logging

import keras
import numpy as np
import pytest

from triceras.checkpoints.checkpoint_files import newest, read
from triceras.checkpoints.checkpoints import Checkpoints
from triceras.checkpoints.going_on import leaving_keras_files
from triceras.checkpoints.keras_files import load
from triceras.checkpoints.no_checkpoints import NoCheckpoints
from triceras.checkpoints.snapshot import Position
from triceras.errors import UserError
from triceras.loops.schedule import Schedule
from triceras.runs.context import Context
from triceras.runs.step_files import step_files
from triceras.runs.stop import Interrupted, Stop

STEPS_PER_EPOCH = 4


@pytest.fixture
def model():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    model.compile("adam", "mse", run_eagerly=True)
    model.fit(np.ones((4, 3)), np.ones((4, 2)), verbose=0)
    return model


@pytest.fixture
def make(model, tmp_path):
    """Makes a callback that belongs to a run of 3 epochs of 4 steps."""

    def make(max_steps=None, resumed=None, others=(), **options):
        callback = Checkpoints(tmp_path, **{"every_minutes": None, **options})
        schedule = Schedule(0, STEPS_PER_EPOCH, 1, 3, max_steps)
        callback.attach(schedule, [*others, callback], Context(tmp_path, resumed=resumed))
        callback.set_model(model)
        return callback

    return make


def epochs(callback, all_logs, first=0):
    """Feeds a callback the results of epochs."""
    for epoch, logs in enumerate(all_logs, first):
        callback.on_epoch_begin(epoch)
        callback.recorder.step = (epoch + 1) * STEPS_PER_EPOCH
        callback.on_epoch_end(epoch, logs)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_monitor_that_never_was_a_number_is_named(make, tmp_path, caplog):
    callback = make(monitor="val_auc")
    callback.on_train_begin()
    epochs(callback, [{"val_auc": float("nan")}] * 3)
    callback.on_train_end()
    assert "best.npz" not in names(tmp_path)
    assert "monitor=val_auc was a number in no epoch" in caplog.text


@pytest.mark.parametrize(
    ("values", "told"), [([0.0, 0.0], True), ([0.0, 1e-9], False), ([1], False)]
)
def test_a_monitor_that_never_changes_is_told_of(make, caplog, values, told):
    callback = make(monitor="val_loss")
    callback.on_train_begin()
    epochs(callback, [{"val_loss": float(value)} for value in values])
    callback.on_train_end()
    said = "monitor=val_loss was 0 after each of 2 epochs: the best is the first of them"
    assert (said in caplog.text) == told


def test_a_resumed_run_that_was_better_before_is_not_told_so(make, tmp_path, caplog):
    before = make(every_epochs=1)
    before.on_train_begin()
    epochs(before, [{"val_loss": 0.5}])
    after = make(resumed=newest(tmp_path)[0])
    after.on_train_begin()
    epochs(after, [{"val_loss": 1.0}] * 2, first=1)
    after.on_train_end()
    assert after.seen == [1.0, 1.0]
    assert not caplog.text


def test_what_fails_within_fit_leaves_the_files_of_what_was_saved(make, model, tmp_path):
    def fail(*_, **__):
        raise RuntimeError("the first")

    callback = make()
    model.compute_loss = fail
    with pytest.raises(RuntimeError, match="the first"), leaving_keras_files(callback):
        # On JAX the model's variables have no values meanwhile.
        model.fit(np.ones((4, 3)), np.ones((4, 2)), verbose=0, callbacks=[callback])
    assert names(tmp_path) == ["last.keras", "step-000000000.npz"]


class Annealing(keras.callbacks.Callback):
    def __init__(self, weight=0.0):
        super().__init__()
        self.weight = weight


@pytest.mark.slow
@pytest.mark.once
def test_settings_that_training_changes_go_on_with_the_run(make, tmp_path):
    annealing = Annealing()
    callback = make(others=[annealing])
    callback.on_train_begin()
    for expected in (0.5, 1.0):
        annealing.weight += 0.5
        callback.save(Position(step=1))
        annealing = Annealing()
        callback = make(others=[annealing], resumed=read(step_files(tmp_path)[0]))
        callback.on_train_begin()
        assert annealing.weight == expected


def test_a_model_that_keras_cannot_save_is_trained_to_the_end(make, tmp_path, monkeypatch, caplog):
    def save(*_):
        raise NotImplementedError("get_config is missing")

    monkeypatch.setattr(keras.Model, "save", save)
    callback = make()
    callback.on_train_begin()
    epochs(callback, [{"val_loss": 1.0}])
    callback.on_train_end()
    assert names(tmp_path) == ["best.npz", "last.npz", "step-000000000.npz"]
    assert "last.keras: get_config is missing; last.npz is there" in caplog.text


def test_a_whole_run(make, tmp_path):
    callback = make()
    callback.on_train_begin()
    assert names(tmp_path) == ["step-000000000.npz"]
    epochs(callback, [{"val_loss": value} for value in (3.0, 2.0, 2.5)])
    callback.on_train_end()
    assert names(tmp_path) == [
        "best.keras",
        "best.npz",
        "last.keras",
        "last.npz",
        "step-000000000.npz",
        "step-000000012.npz",
    ]
    assert read(tmp_path / "best.npz").position.step == 8
    assert read(tmp_path / "step-000000012.npz").position == Position(12, 3)


def test_keras_writes_the_model_once_where_the_best_is_the_last(make, model, tmp_path, monkeypatch):
    saved = []
    save = keras.Model.save
    monkeypatch.setattr(keras.Model, "save", lambda *a: (saved.append(a[1].name), save(*a)))
    callback = make()
    callback.on_train_begin()
    epochs(callback, [{"val_loss": value} for value in (3.0, 2.0)])
    callback.on_train_end()
    assert len(saved) == 1
    assert (tmp_path / "best.keras").read_bytes() == (tmp_path / "last.keras").read_bytes()
    # One epoch more, after which the loss is no better.
    model.layers[0].bias.assign([1.0, 2.0])
    epochs(callback, [{"val_loss": 2.5}], first=2)
    callback.on_train_end()
    assert len(saved) == 3
    biases = {
        stem: load(tmp_path / f"{stem}.keras").layers[0].bias.numpy().tolist()
        for stem in ("best", "last")
    }
    assert biases["last"] == [1.0, 2.0]
    assert biases["best"] != [1.0, 2.0]


def test_best_by_the_largest_value(make, tmp_path):
    callback = make(monitor="val_accuracy", mode="max")
    callback.on_train_begin()
    epochs(callback, [{"val_accuracy": value} for value in (0.5, 0.6, 0.4)])
    assert read(tmp_path / "best.npz").position.step == 8


def test_without_validation_data_the_training_metric_is_watched(make, tmp_path):
    callback = make(every_epochs=1)
    callback.on_train_begin()
    epochs(callback, [{"loss": 1.0}])
    assert (tmp_path / "best.npz").exists()


@pytest.mark.slow_on("jax", "tensorflow")
@pytest.mark.in_turn
@pytest.mark.parametrize(
    ("options", "saved"),
    [
        ({"every_epochs": 1}, [0, 4, 8, 12]),
        ({"every_epochs": 2}, [0, 8, 12]),
        ({"every_steps": 8}, [0, 8, 12]),
        ({"every_minutes": 1e-9}, [0, 4, 8, 12]),
        ({}, [0, 12]),
    ],
)
def test_when_epochs_are_saved(make, tmp_path, options, saved):
    callback = make(keep=9, **options)
    callback.on_train_begin()
    epochs(callback, [{"loss": 1.0}] * 3)
    assert [read(p).position.step for p in step_files(tmp_path)[::-1]] == saved


def test_the_newest_are_kept(make, tmp_path):
    callback = make(keep=2, every_epochs=1)
    callback.on_train_begin()
    (tmp_path / ".0123-step-000000004.npz").write_bytes(b"what a killed process left")
    epochs(callback, [{"loss": 1.0}] * 3)
    assert names(tmp_path) == ["best.npz", "step-000000008.npz", "step-000000012.npz"]


def test_within_an_epoch_it_is_due_after_so_many_steps(make):
    callback = make(every_steps=2)
    callback.on_train_begin()
    callback.recorder.step = 1
    assert not callback.due(0, 1)
    callback.recorder.step = 2
    assert callback.due(0, 2)
    callback.save_within(0, 2)
    assert not callback.due(0, 2)
    # The end of an epoch is the business of `on_epoch_end`.
    callback.recorder.step = 4
    assert not callback.due(0, 4)


def test_where_a_callback_ends_the_training_the_end_of_the_epoch_saves(make, model, tmp_path):
    callback = make(every_steps=1)
    callback.on_train_begin()
    callback.recorder.step = 2
    assert callback.due(0, 2)
    model.stop_training = True
    # What went on from a checkpoint in the middle would not know that it is over.
    assert not callback.due(0, 2)
    callback.on_epoch_end(0, {"loss": 1.0})
    assert newest(tmp_path)[0].position == Position(2, 1, 0, stopped=True)


def test_an_epoch_that_max_steps_would_cut_may_be_ended_before(make, model, tmp_path):
    callback = make(max_steps=7)
    callback.on_train_begin()
    callback.recorder.step = 6
    model.stop_training = True
    callback.on_epoch_end(1, {"loss": 1.0})
    assert newest(tmp_path)[0].position == Position(6, 2, 0, stopped=True)


def test_what_fails_after_training_leaves_the_model_of_its_end(make, model, tmp_path):
    callback = make()
    callback.on_train_begin()
    epochs(callback, [{"loss": 1.0}] * 3)
    model.layers[0].bias.assign([5.0, 6.0])
    callback.on_train_end()
    callback.end_early()
    bias = load(tmp_path / "last.keras").layers[0].bias
    assert keras.ops.convert_to_numpy(bias).tolist() == [5.0, 6.0]


def test_a_later_checkpoint_that_was_damaged_does_not_take_the_place_of_a_new_one(make, tmp_path):
    callback = make(keep=1, every_steps=1)
    callback.on_train_begin()
    (tmp_path / "step-000000009.npz").write_bytes(b"damaged")
    callback.recorder.step = 2
    callback.save_within(0, 2)
    assert names(tmp_path) == ["step-000000002.npz"]


def test_an_epoch_that_max_steps_cuts_is_saved_as_it_was_before_its_end(make, tmp_path):
    callback = make(max_steps=6)
    callback.on_train_begin()
    callback.recorder.step = 6
    assert callback.due(1, 2)
    callback.save_within(1, 2)
    callback.on_epoch_end(1, {"loss": 1.0})
    found, path = newest(tmp_path)
    assert found.position == Position(6, 1, 2)
    assert path.name == "step-000000006.npz"


def test_asked_to_stop_it_saves_and_ends(make, tmp_path):
    callback = make()
    callback.on_train_begin()
    callback.stop.requested = "SIGTERM"
    callback.recorder.step = 3
    assert callback.due(0, 3)
    with pytest.raises(Interrupted, match="SIGTERM"):
        callback.save_within(0, 3)
    assert newest(tmp_path)[0].position == Position(3, 0, 3)


def test_without_checkpoints_a_stop_still_ends_the_run():
    stop = Stop()
    nothing = NoCheckpoints(stop)
    assert not nothing.due(0, 1)
    stop.requested = "SIGTERM"
    assert nothing.due(0, 1)
    with pytest.raises(Interrupted):
        nothing.save_within(0, 1)


def test_a_resumed_run_begins_with_what_was_saved(make, model, tmp_path):
    callback = make(every_steps=1)
    callback.on_train_begin()
    epochs(callback, [{"loss": 1.0}])
    kernel = np.array(keras.ops.convert_to_numpy(model.layers[0].kernel))
    model.layers[0].kernel.assign(kernel + 1)
    again = make(resumed=newest(tmp_path)[0])
    again.recorder.step = 4
    again.on_train_begin()
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(model.layers[0].kernel), kernel)
    assert again.best == 1.0


def test_a_damaged_file_is_named_and_an_older_one_used(make, tmp_path, caplog, monkeypatch):
    monkeypatch.setattr(logging.getLogger("triceras"), "propagate", True)
    callback = make(every_epochs=1)
    callback.on_train_begin()
    epochs(callback, [{"loss": 1.0}] * 2)
    path = tmp_path / "step-000000008.npz"
    path.write_bytes(path.read_bytes()[:-100])
    found, used = newest(tmp_path)
    assert (found.position.step, used.name) == (4, "step-000000004.npz")
    # A library may hand a record on to the root logger a second time.
    (warning,) = {r.getMessage() for r in caplog.records if r.levelno == logging.WARNING}
    assert warning.startswith(f"{path} is damaged")
    for other in step_files(tmp_path):
        other.write_bytes(b"")
    with pytest.raises(UserError, match=r"no checkpoint of a whole run in .* is intact"):
        newest(tmp_path)


def test_weights_that_are_not_finite_are_not_saved(make, model, tmp_path):
    callback = make(every_epochs=1)
    callback.on_train_begin()
    model.layers[0].bias.assign([np.nan, 0])
    epochs(callback, [{"loss": 1.0}])
    assert [read(p).position.step for p in step_files(tmp_path)] == [0]


def test_what_begins_without_a_number_is_no_fault(make, model, tmp_path):
    model.layers[0].bias.assign([-np.inf, 0])
    callback = make(every_epochs=1)
    callback.on_train_begin()
    epochs(callback, [{"loss": 1.0}])
    saved = [read(p).position.step for p in step_files(tmp_path)]
    assert saved == [4, 0]
    model.layers[0].kernel.assign(np.nan * model.layers[0].kernel)
    epochs(callback, [{"loss": 1.0}])
    assert [read(p).position.step for p in step_files(tmp_path)] == saved


def test_a_resumed_run_that_began_without_a_number_saves_again(make, model, tmp_path):
    model.layers[0].bias.assign([-np.inf, 0])
    callback = make(every_epochs=1)
    callback.on_train_begin()
    epochs(callback, [{"loss": 1.0}])
    again = make(every_epochs=1, resumed=newest(tmp_path)[0])
    again.on_train_begin()
    epochs(again, [{"loss": 1.0}] * 2, first=1)
    assert [read(p).position.step for p in step_files(tmp_path)] == [12, 8]


def test_a_folder_that_is_gone_is_one_line(make, tmp_path):
    callback = make()
    callback.folder = tmp_path / "run" / "checkpoints"
    with pytest.raises(UserError, match=r"the run folder .*run is gone, deleted under way"):
        callback.on_train_begin()


def test_unknown_metric_names_the_known_ones(make):
    callback = make(monitor="val_x")
    callback.on_train_begin()
    with pytest.raises(
        UserError, match=r"monitor=val_x is not among the metrics of this model: use one of kl"
    ):
        epochs(callback, [{"loss": 1.0, "kl": 2.0}])


@pytest.mark.parametrize(
    "options",
    [{"mode": "up"}, {"keep": 0}, {"every_minutes": -1}, {"every_steps": 1.5}, {"monitor": 3}],
)
def test_wrong_settings_are_named(tmp_path, options):
    ((name, value),) = options.items()
    with pytest.raises(UserError, match=rf"callback\.checkpoints\.{name}={value} is"):
        Checkpoints(tmp_path, **options)


def test_the_best_of_an_epoch_that_max_steps_cut_is_to_be_beaten(make, tmp_path):
    callback = make(max_steps=6)
    callback.on_train_begin()
    epochs(callback, [{"val_loss": 3.0}])
    callback.recorder.step = 6
    callback.save_within(1, 2)
    callback.on_epoch_end(1, {"val_loss": 2.0})
    callback.on_train_end()
    again = make(resumed=read(tmp_path / "step-000000006.npz"))
    again.on_train_begin()
    assert again.best == 2.0
    epochs(again, [{"val_loss": 2.5}], first=1)
    again.write_better()
    assert read(tmp_path / "best.npz").position.step == 6
    epochs(again, [{"val_loss": 1.5}], first=2)
    again.write_better()
    assert read(tmp_path / "best.npz").position.step == 12
