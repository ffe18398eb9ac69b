"""What is in TensorBoard's files, by TensorBoard's own reader."""

import sys
import types

import numpy as np
import pytest
import yaml

from triceras.errors import UserError
from triceras.tracking.event_files import import_writer
from triceras.tracking.tensorboard import TensorboardTracker

pytestmark = pytest.mark.once

SECRET = "a secret of the config"


@pytest.fixture(scope="module")
def read():
    """Reads the event files of a run folder."""
    # The reader takes TensorFlow, where that is installed, unless there is a module of this name.
    without = "tensorboard.compat.notf"
    sys.modules[without] = types.ModuleType(without)
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    all_of_it = {"scalars": 0, "images": 0, "tensors": 0}

    def from_folder(folder):
        found = accumulator.EventAccumulator(str(folder / "tensorboard"), all_of_it)
        return found.Reload()

    yield from_folder
    del sys.modules[without]


@pytest.fixture(scope="module")
def recorded(tmp_path_factory, make_folder, record_run, run, read):
    folder = make_folder(tmp_path_factory.mktemp("recorded") / "run")
    record_run(TensorboardTracker(log_every=5), folder, run)
    return folder, read(folder)


def numbers(found, tag):
    return [(event.step, event.value) for event in found.Scalars(tag)]


def text(found, tag):
    (event,) = found.Tensors(f"{tag}/text_summary")
    return event.tensor_proto.string_val[0].decode()


def hyperparameters(found, tag):
    from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

    content = found.SummaryMetadata(f"_hparams_/{tag}").plugin_data.content
    return getattr(HParamsPluginData.FromString(content), tag)


def test_every_nth_step_is_kept_exactly(recorded):
    _, found = recorded
    losses = np.linspace(1, 0.5, 200, dtype="float32")
    kept = range(0, 40, 5)
    assert numbers(found, "step/loss") == [(i, losses[i]) for i in kept]
    assert numbers(found, "step/running_loss") == [(i, losses[i] + np.float32(1)) for i in kept]


def test_every_epoch_is_kept(recorded):
    _, found = recorded
    assert numbers(found, "epoch/loss") == [(0, 0.5), (1, 0.375)]
    assert numbers(found, "epoch/val_loss") == [(0, 0.25), (1, 0.25)]


def test_the_figures_are_kept(recorded):
    folder, found = recorded
    events = found.Images("figures/curve")
    assert [(event.step, event.width, event.height) for event in events] == [
        (20, 100, 50),
        (40, 100, 50),
    ]
    picture = (folder / "figures" / "curve.png").read_bytes()
    assert {event.encoded_image_string for event in events} == {picture}


def test_the_configuration_is_a_table_and_a_text_without_secrets(recorded):
    folder, found = recorded
    table = hyperparameters(found, "session_start_info").hparams
    assert {name: table[name].number_value for name in table} == {
        "seed": 3,
        "optimizer.learning_rate": 1e-3,
    }
    assert yaml.safe_load(text(found, "config")) == {
        "seed": 3,
        "optimizer": {"learning_rate": 1e-3},
    }
    for path in (folder / "tensorboard").iterdir():
        assert SECRET.encode() not in path.read_bytes()


def test_the_model_is_a_text(recorded):
    folder, found = recorded
    lines = (folder / "model.txt").read_text().splitlines()
    # Four spaces before a line let TensorBoard show it as it is.
    assert text(found, "model") == "".join(f"    {line}\n" for line in lines)


def test_the_end_is_kept(recorded):
    _, found = recorded
    assert text(found, "status") == "    finished\n"
    assert numbers(found, "summary/metrics.val_loss") == [(40, 0.25)]
    assert hyperparameters(found, "session_end_info").status == 1


@pytest.mark.parametrize(("status", "number"), [("failed", 2), ("interrupted", 0)])
def test_a_run_that_did_not_finish_says_so(folder, run, record_run, read, status, number):
    record_run(TensorboardTracker(), folder, run, status)
    found = read(folder)
    assert text(found, "status") == f"    {status}\n"
    assert hyperparameters(found, "session_end_info").status == number


def test_a_killed_run_goes_on_and_has_no_step_twice(folder, run, record_run, read):
    killed = TensorboardTracker(log_every=5)
    record_run(killed, folder, run, status=None, epochs=range(3))
    killed.log_steps(60, {"loss": np.ones(20, "float32")})
    killed.flush()
    (path,) = (folder / "tensorboard").iterdir()
    path.write_bytes(path.read_bytes()[:-5])
    resumed = run | {"resumed_from": {"step": 40, "epoch": 2, "checkpoint": "some"}}
    # The figure of the step at which it goes on is drawn anew.
    again = TensorboardTracker(log_every=5)
    record_run(again, folder, resumed, epochs=range(2, 4))
    again.start(folder, {}, resumed | {"resumed_from": {"step": 80, "epoch": 4}})
    again.log_figure("curve", folder / "figures" / "curve.png", 80)
    again.finish("finished", {}, None)
    found = read(folder)
    assert [step for step, _ in numbers(found, "step/loss")] == list(range(0, 80, 5))
    assert 1.0 not in [value for step, value in numbers(found, "step/loss") if step]
    assert [epoch for epoch, _ in numbers(found, "epoch/loss")] == [0, 1, 2, 3]
    assert [event.step for event in found.Images("figures/curve")] == [20, 40, 60, 80]
    assert text(found, "status") == "    finished\n"


def test_a_table_of_a_run_that_goes_on_is_that_of_today(folder, run, record_run, read):
    record_run(TensorboardTracker(), folder, run)
    tracker = TensorboardTracker()
    tracker.start(folder, {"epochs": 5}, run | {"resumed_from": {"step": 40, "epoch": 2}})
    tracker.finish("failed", {}, None)
    found = read(folder)
    assert list(hyperparameters(found, "session_start_info").hparams) == ["epochs"]
    assert hyperparameters(found, "session_end_info").status == 2


def test_where_it_cannot_be_written_one_line_says_so(folder, run, record_run, warnings_given):
    (folder / "tensorboard").write_text("no folder")
    record_run(TensorboardTracker(), folder, run)
    (line,) = warnings_given()
    assert line.startswith("TensorBoard failed, and the run goes on without it: ")


def test_a_full_disk_is_one_line(folder, run, record_run, warnings_given, monkeypatch):
    tracker = TensorboardTracker()
    tracker.start(folder, {}, run)

    def fail(event):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tracker.writer, "write_event", fail)
    tracker.log_steps(0, {"loss": np.ones(10)})
    tracker.log_epoch(0, 10, {"loss": 1.0})
    tracker.finish("finished", {}, None)
    assert warnings_given() == [
        "TensorBoard failed, and the run goes on without it: [Errno 28] No space left on device"
    ]


def test_pytorch_does_not_come_along(monkeypatch):
    for name in [name for name in sys.modules if name.partition(".")[0] == "tensorboardX"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    before = set(sys.modules)
    assert import_writer().RecordWriter
    assert not {"torch", "tensorflow"} & (set(sys.modules) - before)


def test_without_tensorboardx_one_line_says_what_to_do(folder, run, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorboardX", None)
    with pytest.raises(UserError, match=r"-e '\.\[tensorboard\]', or use"):
        TensorboardTracker().start(folder, {}, run)


def test_wrong_settings_are_named():
    with pytest.raises(UserError, match=r"logger\.log_every=0 is not a whole number"):
        TensorboardTracker(log_every=0)
