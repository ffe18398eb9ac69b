"""What is refused, what a signal does to several seeds, and what becomes of one that fails."""

import json
import os
import shutil
import signal

import keras
import pytest

from triceras.commands import command as command_module
from triceras.commands.seeds import Heard, train_seeds
from triceras.commands.train import train
from triceras.config import compose
from triceras.errors import UserError
from triceras.loops.recorder import Recorder
from triceras.random.install import uninstall
from triceras.runs import record
from triceras.runs.stop import Interrupted
from triceras.testing.runs import rows

BROKEN = f"+callback.breaks={{_target_: {__name__}.Breaks, seed: 1, own: ${{seed}}}}"
SHORT = ["logger=csv", "figures=none", "experiment=linear", "seeds_in_parallel=3"]

pytestmark = pytest.mark.once


@pytest.fixture(autouse=True)
def random_numbers_of_keras():
    """A run makes Keras's random numbers portable for the whole process."""
    yield
    uninstall()


class Breaks(keras.callbacks.Callback):
    """Gives the model of one seed weights that are no numbers."""

    def __init__(self, seed, own, **kwargs):
        super().__init__()
        self.breaks = seed == own

    def on_epoch_begin(self, epoch, logs=None):
        if self.breaks and epoch == 1:
            self.model.set_weights([weight * float("nan") for weight in self.model.get_weights()])


class Fails(keras.callbacks.Callback):
    """Raises for one seed when training begins."""

    def __init__(self, seed, own, **kwargs):
        super().__init__()
        self.fails = seed == own

    def on_train_begin(self, logs=None):
        if self.fails:
            raise ValueError("not today")


class Reading(keras.layers.Layer):
    """Reads the value of a tensor, which no compiled step can do."""

    def call(self, inputs):
        return inputs if keras.ops.max(inputs) < 1e6 else inputs * 2

    def compute_output_shape(self, input_shape):
        return input_shape


def build_reading(input_shape, classes):
    """A model that cannot be compiled."""
    layers = [keras.Input(input_shape), keras.layers.Dense(classes), Reading()]
    return keras.Sequential(layers)


def statuses(folder):
    """How the run of each seed ended, by its seed."""
    found = [json.loads(path.read_text()) for path in folder.rglob("run.json")]
    return {run["seed"]: run["status"] for run in found}


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["loop=fit"], "does not go with loop=fit: use loop=custom"),
        (["compile=false"], "compile=true"),
        (["devices=2"], "devices=2: use devices=1"),
        (["random=native"], "random=portable"),
        (["resume=somewhere"], "resume=auto"),
        (["debug=profile"], "debug=profile"),
        (["seed=2147483647"], "leaves too few"),
        (["seeds_in_parallel=0"], "seeds_in_parallel=0 is no whole number of at least 1"),
        (["seeds_in_parallel=two"], "seeds_in_parallel=two is no whole number"),
    ],
)
def test_what_cannot_be_is_said_before_anything_begins(tmp_path, backend, words, part):
    with pytest.raises(UserError, match=part):
        train_seeds(compose([*SHORT, f"backend={backend}", f"output_dir={tmp_path}", *words]))
    assert not list(tmp_path.iterdir())


def test_what_trains_one_run_says_so(tmp_path, backend):
    with pytest.raises(UserError, match="is for scripts/train"):
        train(compose([*SHORT, f"backend={backend}", f"output_dir={tmp_path}"]))


@pytest.mark.slow
def test_a_sweep_takes_one_run_a_job(run_script, tmp_path):
    words = ["-m", "seed=0,1", "seeds_in_parallel=2", f"output_dir={tmp_path}", "logger=csv"]
    done = run_script("train.py", *words)
    assert done.returncode == 1
    assert "seeds_in_parallel=2: a job of a sweep is one run" in done.stderr
    assert not list(tmp_path.rglob("run.json"))


@pytest.mark.slow
def test_one_that_fails_leaves_the_others_alone(tmp_path, backend, capsys):
    words = [f"backend={backend}", f"output_dir={tmp_path}", "epochs=2", BROKEN]
    with pytest.raises(UserError, match="1 of 3 seeds failed: 1"):
        train_seeds(compose([*SHORT, *words], resolve=False))
    assert statuses(tmp_path) == {0: "finished", 1: "failed", 2: "finished"}
    printed = capsys.readouterr()
    assert "seeds 0 to 2 together; what is printed is of seed 0\n" in printed.out
    assert "linear, seeds 0, 2 (of 3)" in printed.out
    [line] = [line for line in printed.err.splitlines() if line.startswith("error: ")]
    assert line.startswith("error: seed 1: the loss is not finite")
    [failed] = (tmp_path / "linear").glob("*-seed1/*")
    assert line.endswith(f"; run: {failed}")


@pytest.mark.slow
def test_where_the_first_fails_the_next_is_heard(tmp_path, backend, capsys):
    words = [f"backend={backend}", f"output_dir={tmp_path}", "epochs=3"]
    with pytest.raises(UserError, match="1 of 3 seeds failed: 0"):
        train_seeds(compose([*SHORT, *words, BROKEN.replace("seed: 1", "seed: 0")], resolve=False))
    assert statuses(tmp_path) == {0: "failed", 1: "finished", 2: "finished"}
    printed = capsys.readouterr()
    heard, _, later = printed.out.partition("seed 1 from here on\n")
    assert "epoch 1/3" in heard
    assert "epoch 3/3" not in heard
    assert later.count("epoch 3/3") == 1


@pytest.mark.slow
def test_a_callback_that_fails_for_the_first_before_it_begins_ends_that_one(
    tmp_path, backend, capsys
):
    fails = f"+callback.fails={{_target_: {__name__}.Fails, seed: 0, own: ${{seed}}}}"
    words = [f"backend={backend}", f"output_dir={tmp_path}", "epochs=1", fails]
    with pytest.raises(UserError, match="1 of 3 seeds failed: 0"):
        train_seeds(compose([*SHORT, *words], resolve=False))
    assert statuses(tmp_path) == {0: "failed", 1: "finished", 2: "finished"}
    assert "error: seed 0: ValueError: not today" in capsys.readouterr().err


@pytest.mark.slow
def test_those_that_have_finished_are_not_trained_again(tmp_path, backend, capsys):
    words = [f"backend={backend}", f"output_dir={tmp_path}", "epochs=1"]
    short = [word for word in SHORT if "seeds_in_parallel" not in word]
    train(compose([*short, *words, "seed=1"], resolve=False))
    (finished,) = (tmp_path / "linear").glob("*/*")
    train_seeds(compose([*SHORT, *words, "resume=auto"], resolve=False))
    folders = [*(tmp_path / "linear").glob("*/*")]
    assert len(folders) == 4, "none was unfinished, so all begin"

    for folder in folders:
        if folder != finished and "seed1" in folder.parent.name:
            shutil.rmtree(folder)
        if "seed2" in folder.parent.name:
            record.update(folder, {"status": "interrupted"})
    capsys.readouterr()
    mean = train_seeds(compose([*SHORT, *words, "resume=auto"], resolve=False))
    printed = capsys.readouterr().out
    assert f"seed 1 has finished before: {finished}" in printed
    assert "together" not in printed
    assert "linear, seeds 0 to 2\n" in printed
    assert len([*(tmp_path / "linear").glob("*/*")]) == 3
    values = [
        json.loads(path.read_text())["metrics"]["val_loss"]
        for path in tmp_path.rglob("summary.json")
    ]
    assert mean == pytest.approx(sum(values) / 3)


@pytest.mark.slow
def test_what_is_wrong_for_all_is_said_once(tmp_path, backend, capsys):
    words = [
        f"backend={backend}",
        f"output_dir={tmp_path}",
        "model.network._target_=triceras.no.such",
    ]
    with pytest.raises(UserError):
        train_seeds(compose([*SHORT, *words], resolve=False))
    assert list(statuses(tmp_path)) == [0]


@pytest.mark.slow
def test_each_has_a_log_of_its_own(tmp_path, backend):
    words = [f"backend={backend}", f"output_dir={tmp_path}", "epochs=2"]
    train_seeds(compose([*SHORT, *words], resolve=False))
    for path in tmp_path.rglob("train.log"):
        lines = [line for line in path.read_text().splitlines() if "triceras.runs.epochs" in line]
        assert ["epoch 1/2" in line for line in lines] == [True, False]


@pytest.mark.slow
def test_a_warning_that_is_the_same_for_all_is_told_once(tmp_path, backend, capsys):
    eager = f"model.network._target_={__name__}.build_reading"
    words = [f"backend={backend}", f"output_dir={tmp_path}", "max_steps=2", eager]
    train_seeds(compose([*SHORT, *words], resolve=False))
    assert capsys.readouterr().err.count("the step runs eagerly") == 1
    assert statuses(tmp_path) == dict.fromkeys(range(3), "finished")


def test_a_signal_reaches_all_and_those_that_come_later():
    heard, told = Heard(), []
    with heard.listening([], 60, told.append) as first:
        heard.handle(signal.SIGTERM)
        with heard.listening([], 60, told.append) as second:
            assert first.requested == second.requested == "SIGTERM"
            with pytest.raises(Interrupted):
                second.check()
    with pytest.raises(KeyboardInterrupt):
        heard.handle(signal.SIGINT)
    assert not heard.stops
    assert not told


@pytest.mark.slow
def test_they_are_stopped_by_a_signal_and_go_on(tmp_path, backend, run_script, monkeypatch):
    words = [*SHORT, f"backend={backend}", "loop.steps_per_call=4", f"output_dir={tmp_path}"]
    command = ["train.py", *words, "epochs=null", "max_steps=40"]
    record_steps = Recorder.record

    def and_stop(self, *arguments):
        record_steps(self, *arguments)
        monkeypatch.setattr(Recorder, "record", record_steps)
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(Recorder, "record", and_stop)
    done = run_script(*command)
    assert done.returncode == 75, done.stderr
    assert statuses(tmp_path) == dict.fromkeys(range(3), "interrupted")
    assert "go on with resume=auto" in done.stderr
    # Of the others each may have begun its next steps when the signal was heard.
    assert {len(rows(path)) for path in tmp_path.rglob("steps.csv")} <= {4, 8, 12}
    monkeypatch.setattr(command_module, "failures", [])
    again = run_script(*command, "resume=auto")
    assert again.returncode == 0, again.stderr
    assert statuses(tmp_path) == dict.fromkeys(range(3), "finished")
    assert [len(rows(path)) for path in tmp_path.rglob("steps.csv")] == [40] * 3
