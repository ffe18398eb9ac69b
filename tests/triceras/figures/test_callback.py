import logging
import time

import keras
import matplotlib.image
import numpy as np
import pytest
from matplotlib.figure import Figure
from omegaconf import OmegaConf

from triceras.checkpoints.checkpoint_files import read
from triceras.data.batch import BatchPreparation
from triceras.engines.state import keep, state_variables
from triceras.errors import UserError
from triceras.figures.callback import FigureCallback, build_figures, seconds_of_figures
from triceras.figures.figure import RunFigure
from triceras.loops.custom import CustomLoop
from triceras.loops.fit import FitLoop
from triceras.loops.hooks import wants_model
from triceras.loops.job import Job
from triceras.loops.recorder import Recorder
from triceras.loops.schedule import Schedule
from triceras.random.install import install, uninstall
from triceras.runs.context import Context
from triceras.testing.runs import run
from triceras.tracking.tracker import Tracker

BATCH = BatchPreparation("image", "label")


class Blank(RunFigure):
    """Draws as many inches as it was drawn times."""

    def __init__(self):
        self.subjects = []

    def draw(self, subject):
        self.subjects.append(subject)
        return Figure(figsize=(len(self.subjects), 1), dpi=100)


class Broken(RunFigure):
    def __init__(self, error):
        self.error = error

    def draw(self, subject):
        raise self.error


class Clumsy(RunFigure):
    """Changes everything it can reach."""

    def draw(self, subject):
        for variable in state_variables(subject.model):
            variable.assign(keras.ops.ones_like(variable.value))
        return Figure(figsize=(1, 1))


class Remembering(Tracker):
    def __init__(self):
        self.figures = []

    def log_figure(self, name, path, step):
        self.figures.append((name, path, step, path.is_file()))


@pytest.fixture(autouse=True)
def messages_reach_caplog(monkeypatch):
    # A test that wrote a train.log has kept the package's messages from the root logger.
    monkeypatch.setattr(logging.getLogger("triceras"), "propagate", True)


@pytest.fixture
def callback_of(data, tmp_path):
    """Makes a callback of a model; its count of steps is its attribute `step`."""

    def make(model, figures, every=None, trackers=()):
        callback = FigureCallback(
            figures, data, tmp_path, 7, BATCH, every, trackers, lambda: callback.step
        )
        callback.step = 0
        callback.set_model(model)
        return callback

    return make


def train(callback, epochs):
    """Goes through the hooks of a training of 10 steps an epoch."""
    for epoch in range(epochs):
        callback.step += 10
        callback.on_epoch_end(epoch)
    callback.draw_last()


def names(folder):
    return sorted(path.name for path in (folder / "figures").iterdir())


def size_of(path):
    height, width = matplotlib.image.imread(path).shape[:2]
    return width, height


@pytest.mark.once
def test_keeps_the_newest_and_dated_copies(classifier, callback_of, tmp_path):
    train(callback_of(classifier, {"blank": Blank()}, every=2), epochs=5)
    assert names(tmp_path) == ["blank-epoch0002.png", "blank-epoch0004.png", "blank.png"]
    folder = tmp_path / "figures"
    assert size_of(folder / "blank-epoch0002.png") == (100, 100)
    assert size_of(folder / "blank-epoch0004.png") == (200, 100)
    assert size_of(folder / "blank.png") == (300, 100)


@pytest.mark.once
def test_vector_files_are_the_newest_and_trackers_get_the_png(classifier, data, tmp_path):
    tracker = Remembering()
    callback = FigureCallback(
        {"blank": Blank()}, data, tmp_path, 7, BATCH, 2, [tracker], lambda: 1, ["pdf"]
    )
    callback.set_model(classifier)
    callback.on_epoch_end(1)
    assert names(tmp_path) == ["blank-epoch0002.png", "blank.pdf", "blank.png"]
    assert [path.name for _, path, *_ in tracker.figures] == ["blank.png"]


@pytest.mark.once
def test_draws_at_the_end_only(classifier, callback_of, tmp_path):
    blank = Blank()
    train(callback_of(classifier, {"blank": blank}, every=None), epochs=5)
    assert names(tmp_path) == ["blank.png"]
    assert len(blank.subjects) == 1


@pytest.mark.once
def test_does_not_draw_twice_at_the_same_step(classifier, callback_of):
    blank = Blank()
    train(callback_of(classifier, {"blank": blank}, every=2), epochs=4)
    assert len(blank.subjects) == 2


@pytest.mark.once
def test_figures_are_given_the_run(classifier, callback_of, data, tmp_path):
    blank = Blank()
    train(callback_of(classifier, {"blank": blank}), epochs=1)
    (subject,) = blank.subjects
    assert (subject.model, subject.data) == (classifier, data)
    assert (subject.folder, subject.seed) == (tmp_path, 7)


@pytest.mark.once
def test_trackers_are_told(classifier, callback_of, tmp_path):
    trackers = [Remembering(), Remembering()]
    train(callback_of(classifier, {"a": Blank(), "b": Blank()}, every=2, trackers=trackers), 3)
    paths = {name: tmp_path / "figures" / f"{name}.png" for name in "ab"}
    expected = [(name, paths[name], step, True) for step in (20, 30) for name in "ab"]
    assert trackers[0].figures == trackers[1].figures == expected


@pytest.mark.once
@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            ValueError("out of ink\nand paper"),
            "ValueError: out of ink; figures=none or another group leaves it out",
        ),
        (UserError("out of ink"), "out of ink"),
    ],
)
def test_a_figure_that_fails_is_one_warning(error, said, classifier, callback_of, tmp_path, caplog):
    tracker = Remembering()
    figures = {"broken": Broken(error), "good": Blank()}
    callback = callback_of(classifier, figures, trackers=[tracker])
    with caplog.at_level(logging.WARNING):
        train(callback, epochs=1)
    assert caplog.messages == [f"the figure broken was not drawn: {said}"]
    assert names(tmp_path) == ["good.png"]
    assert [name for name, *_ in tracker.figures] == ["good"]


@pytest.mark.once
def test_a_disk_that_takes_nothing_leaves_the_old_picture(
    classifier, callback_of, tmp_path, caplog, monkeypatch
):
    callback = callback_of(classifier, {"blank": Blank()}, every=1)
    callback.on_epoch_end(0)
    before = (tmp_path / "figures" / "blank.png").read_bytes()

    def full(*_args, **_kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Figure, "savefig", full)
    callback.on_epoch_end(1)
    assert "No space left on device" in caplog.text
    assert names(tmp_path) == ["blank-epoch0001.png", "blank.png"]
    assert (tmp_path / "figures" / "blank.png").read_bytes() == before


@pytest.mark.slow_on("jax")
@pytest.mark.in_turn
def test_the_model_is_what_it_was(autoencoder, data, callback_of, caplog):
    autoencoder(data.train["image"][:5])
    before = keep(state_variables(autoencoder))
    train(callback_of(autoencoder, {"clumsy": Clumsy()}), epochs=1)
    after = keep(state_variables(autoencoder))
    assert len(before) > 8
    for (variable, old), (_, new) in zip(before, after, strict=True):
        np.testing.assert_array_equal(old, new, err_msg=variable.path)
    assert not caplog.messages


class TrainingMode(RunFigure):
    """Draws random numbers from the model, and counts in its metrics."""

    def draw(self, subject):
        model, train = subject.model, subject.data.train
        model.compute_metrics(train["image"], train["label"], model(train["image"], training=True))
        return Figure(figsize=(1, 1))


@pytest.fixture
def portable_random():
    install()
    yield
    uninstall()


@pytest.mark.in_turn
@pytest.mark.usefixtures("portable_random")
@pytest.mark.parametrize("loop", [CustomLoop, FitLoop])
@pytest.mark.slow
def test_a_run_that_is_looked_at_is_the_same_run(data, callback_of, loop, tmp_path):
    def losses(figures):
        keras.utils.set_random_seed(0)
        model = keras.Sequential(
            [keras.Input((64,)), keras.layers.Dropout(0.5), keras.layers.Dense(10)]
        )
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile("adam", loss, metrics=["accuracy"])
        recorded = []
        recorder = Recorder([lambda _, values: recorded.extend(values["loss"].tolist())])
        schedule = Schedule(0, len(data.train), 50, epochs=2, max_steps=None)
        callbacks = [callback_of(model, figures, every=1)]
        job = Job(model, data, BATCH, schedule, 100, callbacks, recorder, progress_bar=False)
        loop(job).train()
        return recorded

    plain, watched = losses({}), losses({"look": TrainingMode()})
    assert len(plain) == 8
    assert plain == watched
    assert names(tmp_path) == ["look-epoch0001.png", "look-epoch0002.png", "look.png"]


@pytest.mark.once
def test_no_hook_after_batches(classifier, callback_of):
    assert not wants_model(callback_of(classifier, {}))


@pytest.mark.once
@pytest.mark.parametrize("every", [0, -1, 2.5, True, "often"])
def test_every_must_be_a_number_of_epochs(classifier, callback_of, every):
    with pytest.raises(UserError, match=f"figures.every={every} "):
        callback_of(classifier, {}, every=every)


class Halved:
    """Changes what the model is given, in training and outside it."""

    parts = ("image",)

    def __call__(self, parts, key, ops):
        return self.outside_training(parts)

    def outside_training(self, parts):
        return {**parts, "image": parts["image"] / 2}


@pytest.mark.once
def test_inputs_are_what_the_model_is_tested_with_and_labels_stay(data, tmp_path):
    mixing = {"_target_": "triceras.augment.MixUp", "part": "image", "classes": 10}
    config = OmegaConf.create(
        {
            "figures": {"every": None, "draw": {}},
            "model": {"inputs": "image", "targets": "label"},
            "seed": 0,
            "augment": [{"_target_": f"{__name__}.Halved"}, mixing],
        }
    )
    batch = build_figures(config, data, Context(tmp_path)).batch
    shown = batch.for_testing(data.test.take(slice(3), batch.parts))
    np.testing.assert_array_equal(shown.inputs, data.test["image"][:3] / 2)
    np.testing.assert_array_equal(shown.targets, data.test["label"][:3])


@pytest.mark.once
def test_a_run_of_an_older_version_has_no_format(classifier, data, tmp_path):
    config = OmegaConf.create(
        {"figures": {"every": None, "draw": {}}, "model": {"inputs": "image"}, "seed": 0}
    )
    assert build_figures(config, data, Context(tmp_path)).formats == ("png",)
    config.figures.format = "svg"
    assert build_figures(config, data, Context(tmp_path)).formats == ("png", "svg")


class Probe(RunFigure):
    """Writes down the weights that it sees."""

    def draw(self, subject):
        np.savez(subject.folder / "drawn.npz", *subject.model.get_weights())
        return Figure(figsize=(1, 1))


STOPPING = (
    "+callback.stop._target_=keras.callbacks.EarlyStopping",
    "+callback.stop.monitor=loss",
    "+callback.stop.mode=max",
    "+callback.stop.patience=1",
    "+callback.stop.restore_best_weights=true",
)
AVERAGES = ("+optimizer.use_ema=true", "figures.every=1", "epochs=2")


@pytest.mark.slow
@pytest.mark.once
@pytest.mark.parametrize("loop", ["custom", "fit"])
@pytest.mark.parametrize("options", [STOPPING, AVERAGES], ids=["restored", "averages"])
def test_the_last_figures_are_of_the_model_that_is_tested(options, loop, tmp_path, backend):
    probe = f"+figures.draw.probe._target_={__name__}.Probe"
    words = ("experiment=linear", "max_steps=null", "epochs=3", *options, f"loop={loop}", probe)
    found = run(tmp_path, backend, *words)
    drawn = np.load(found.folder / "drawn.npz")
    last = read(found.folder / "checkpoints" / "last.npz").arrays
    kept = [array for name, array in last.items() if name.startswith("model/")]
    for array in drawn.values():
        assert any(np.array_equal(array, one) for one in kept)


@pytest.mark.once
def test_a_run_that_goes_on_draws_what_it_is_asked_for_now(classifier, callback_of):
    callback = callback_of(classifier, {"blank": Blank()})
    callback.draw_all()
    assert callback.get_state() == {}
    again = callback_of(classifier, {"other": (other := Blank())})
    again.set_state(callback.get_state())
    again.draw_last()
    assert len(other.subjects) == 1


@pytest.mark.once
def test_the_time_of_drawing_is_known(classifier, callback_of):
    class Slow(Blank):
        def draw(self, subject):
            time.sleep(0.05)
            return super().draw(subject)

    callback = callback_of(classifier, {"a": Slow(), "b": Broken(ValueError("no"))}, every=1)
    callback.on_epoch_end(0)
    callback.on_epoch_end(1)
    assert 0.1 < seconds_of_figures([keras.callbacks.History(), callback]) < 10
