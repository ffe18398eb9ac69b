"""What is in MLflow's database, by MLflow's own client."""

import json
import os
import socket
import sys
import threading
import time
from pathlib import Path
from urllib.parse import unquote, urlsplit

import numpy as np
import pytest
import yaml

from triceras.errors import UserError
from triceras.runs.lock import waiting_for
from triceras.tracking.mlflow import MlflowTracker
from triceras.tracking.mlflow_run import Names, import_mlflow

pytestmark = [pytest.mark.once, pytest.mark.slow]

SECRET = "a secret of the config"


@pytest.fixture(scope="module")
def uri(tmp_path_factory):
    """A database for all tests, as it takes a second to make one."""
    return f"sqlite:///{tmp_path_factory.mktemp('a folder, 50% # of it')}/mlflow.db"


@pytest.fixture(scope="module")
def tracker_of(uri):
    """Makes a tracker."""

    def make(**settings):
        arguments = {"tracking_uri": uri, "experiment_name": "small", "log_every": 5}
        return MlflowTracker(**{**arguments, **settings})

    return make


@pytest.fixture(scope="module")
def imported(uri):
    """What comes along with MLflow that was not there before."""
    before = set(sys.modules)
    import_mlflow(uri)
    return set(sys.modules) - before


@pytest.fixture(scope="module")
def beside(tmp_path_factory, make_folder, record_run, run, tracker_of, uri, imported):
    """The folders of the first runs of the database, which begin at once."""
    folders = [make_folder(tmp_path_factory.mktemp("beside") / "run") for _ in range(3)]
    threads = [
        threading.Thread(target=record_run, args=[tracker_of(), folder, run]) for folder in folders
    ]
    file = Path(uri.removeprefix("sqlite:///"))
    # Another process is about to make it.
    with waiting_for(file.with_name(".mlflow.db.lock")):
        for thread in threads:
            thread.start()
        time.sleep(0.3)
        assert [path.name for path in file.parent.iterdir()] == [".mlflow.db.lock"]
    for thread in threads:
        thread.join()
    return folders


@pytest.fixture(scope="module")
def client(uri, beside):
    return import_mlflow(uri).MlflowClient(uri)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory, make_folder, record_run, run, client, tracker_of):
    folder = make_folder(tmp_path_factory.mktemp("recorded") / "run")
    record_run(tracker_of(), folder, run | {"git": {"commit": "abc"}})
    return folder, client.get_run(told(folder)["mlflow_id"])


def told(folder):
    return json.loads((folder / "run.json").read_text())


def numbers(client, run_id, name):
    return [(metric.step, metric.value) for metric in client.get_metric_history(run_id, name)]


def files(found):
    root = Path(unquote(urlsplit(found.info.artifact_uri).path))
    return root, sorted(str(p.relative_to(root)) for p in root.rglob("*") if p.is_file())


def test_no_backend_comes_along(imported):
    assert not {"jax", "tensorflow", "torch", "keras"} & imported


def test_every_nth_step_is_kept_exactly(recorded, client):
    _, found = recorded
    losses = np.linspace(1, 0.5, 200, dtype="float32")
    kept = range(0, 40, 5)
    steps = numbers(client, found.info.run_id, "step/loss")
    assert steps == [(i, losses[i]) for i in kept]
    running = numbers(client, found.info.run_id, "step/running_loss")
    assert running == [(i, losses[i] + np.float32(1)) for i in kept]


def test_every_epoch_and_the_end_are_kept(recorded, client):
    _, found = recorded
    run_id = found.info.run_id
    assert numbers(client, run_id, "epoch/loss") == [(0, 0.5), (1, 0.375)]
    assert numbers(client, run_id, "epoch/val_loss") == [(0, 0.25), (1, 0.25)]
    assert numbers(client, run_id, "summary/metrics.val_loss") == [(40, 0.25)]
    assert found.info.status == "FINISHED"
    assert found.data.tags["status"] == "finished"


def test_the_run_is_described_without_secrets(recorded, client, run):
    _, found = recorded
    assert found.info.run_name == "jax-custom-seed3-20260101-120000-0123abcd"
    assert client.get_experiment(found.info.experiment_id).name == "small"
    assert found.data.params == {"seed": "3", "optimizer.learning_rate": "0.001"}
    tags = {name: found.data.tags[name] for name in ("id", "experiment", "backend", "loop", "seed")}
    assert tags == {name: str(run[name]) for name in tags}
    assert found.data.tags["mlflow.source.git.commit"] == "abc"
    assert SECRET not in str(found.to_dictionary())


def test_the_files_are_kept(recorded):
    folder, found = recorded
    root, names = files(found)
    assert names == [
        "checkpoints/last.keras",
        "config.yaml",
        "figures/curve/step-00000020.png",
        "figures/curve/step-00000040.png",
        "model.txt",
    ]
    picture = (folder / "figures" / "curve.png").read_bytes()
    assert (root / "figures/curve/step-00000040.png").read_bytes() == picture
    assert (root / "model.txt").read_text() == (folder / "model.txt").read_text()
    assert SECRET not in (root / "config.yaml").read_text()
    assert yaml.safe_load((root / "config.yaml").read_text())["seed"] == 3


def test_run_json_knows_the_run_and_keeps_the_rest(recorded, run):
    folder, found = recorded
    assert told(folder) == {**run, "mlflow_id": found.info.run_id, "mlflow_url": None}


@pytest.mark.parametrize(("status", "name"), [("failed", "FAILED"), ("interrupted", "KILLED")])
def test_a_run_that_did_not_finish_says_so(folder, run, client, tracker_of, status, name):
    tracker = tracker_of(log_checkpoint=False)
    tracker.start(folder, {"sweep_id": "sweep-7", "notes": "why"}, run)
    tracker.finish(status, {}, folder / "checkpoints" / "last.keras")
    found = client.get_run(told(folder)["mlflow_id"])
    assert found.info.status == name
    tags = found.data.tags
    assert (tags["status"], tags["sweep"], tags["mlflow.note.content"]) == (
        status,
        "sweep-7",
        "why",
    )
    assert files(found)[1] == ["config.yaml"]


def test_a_killed_run_goes_on_and_has_no_step_twice(folder, client, tracker_of, record_run, run):
    record_run(tracker_of(), folder, run, status=None, epochs=range(3))
    before = told(folder)
    assert client.get_run(before["mlflow_id"]).info.status == "RUNNING"
    resumed = {"step": 40, "epoch": 2, "checkpoint": "some"}
    tracker = tracker_of()
    record_run(tracker, folder, before | {"resumed_from": resumed}, epochs=range(2, 4))
    run_id = told(folder)["mlflow_id"]
    assert run_id == before["mlflow_id"]
    assert [step for step, _ in numbers(client, run_id, "step/loss")] == list(range(0, 80, 5))
    assert [epoch for epoch, _ in numbers(client, run_id, "epoch/loss")] == [0, 1, 2, 3]
    found = client.get_run(run_id)
    assert found.info.status == "FINISHED"
    assert len(files(found)[1]) == 7


def test_what_is_another_today_is_told(folder, client, tracker_of, run):
    tracker_of().start(folder, {"epochs": 5, "seed": 3, "resume": None}, run)
    tracker = tracker_of()
    tracker.start(
        folder,
        {"epochs": 9, "resume": "it"},
        told(folder) | {"resumed_from": {"step": 9, "epoch": 0}},
    )
    tracker.finish("finished", {}, None)
    found = client.get_run(told(folder)["mlflow_id"])
    assert found.data.params == {"epochs": "5", "seed": "3"}
    resumed = {name: text for name, text in found.data.tags.items() if name.startswith("resumed.")}
    assert resumed == {"resumed.epochs": "9"}


def test_a_number_that_is_another_is_told_beside_the_first(folder, client, tracker_of, run):
    for value in (1.0, 2.0, 2.0):
        tracker = tracker_of()
        tracker.start(folder, {}, told(folder) | {"resumed_from": {"step": 5, "epoch": 1}})
        tracker.log_steps(5, {"loss": np.array([value])})
        tracker.finish("finished", {}, None)
    run_id = told(folder)["mlflow_id"]
    assert sorted(numbers(client, run_id, "step/loss")) == [(5, 1.0), (5, 2.0)]


def test_a_run_that_is_gone_begins_anew(folder, client, tracker_of, run, warnings_given):
    gone = run | {"mlflow_id": "0" * 32, "resumed_from": {"step": 9, "epoch": 0}}
    tracker = tracker_of()
    tracker.start(folder, {}, gone)
    tracker.finish("finished", {}, None)
    assert warnings_given() == [f"MLflow has no run {'0' * 32} any more, so a new one begins there"]
    assert client.get_run(told(folder)["mlflow_id"]).info.status == "FINISHED"


def test_runs_beside_each_other_share_a_database_that_is_not_yet_there(beside, client):
    found = [client.get_run(told(folder)["mlflow_id"]) for folder in beside]
    assert len({run.info.run_id for run in found}) == 3
    assert len({run.info.experiment_id for run in found}) == 1
    assert {run.info.status for run in found} == {"FINISHED"}
    for run in found:
        assert len(numbers(client, run.info.run_id, "step/loss")) == 8


def test_a_failure_in_the_middle_is_one_line(
    folder, run, tracker_of, record_run, warnings_given, monkeypatch
):
    tracker = tracker_of()
    tracker.start(folder, {}, run)

    def fail(*arguments, **named):
        raise RuntimeError("no more\nof this")

    monkeypatch.setattr(tracker.run.client, "log_batch", fail)
    for step in range(3):
        tracker.log_steps(step, {"loss": np.ones(1)})
        tracker.sync()
    tracker.log_figure("curve", folder / "figures" / "curve.png", 3)
    tracker.finish("finished", {"steps": 3}, None)
    assert warnings_given() == ["MLflow failed, and the run goes on without it: no more of this"]


def test_a_server_that_is_slow_is_waited_for_once(
    folder, run, tracker_of, warnings_given, monkeypatch
):
    tracker = tracker_of(answer_timeout=20, finish_timeout=0.05)
    tracker.start(folder, {}, run)
    tracker.answer_timeout = 0.05
    held = threading.Event()
    monkeypatch.setattr(tracker.run.client, "log_batch", lambda *of, **named: held.wait(100))
    began = time.perf_counter()
    for step in range(0, 30, 5):
        tracker.log_steps(step, {"loss": np.ones(1)})
        tracker.sync()
    tracker.finish("finished", {}, None)
    held.set()
    assert time.perf_counter() - began < 5
    slow, failed = warnings_given()
    assert slow.startswith("MLflow took more than 0.05 s: the run goes on meanwhile")
    assert failed == ("MLflow failed, and the run goes on without it: not all was sent in 0.05 s")


def test_without_an_answer_the_run_goes_on_without(folder, run, record_run, warnings_given):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(50)
        address = f"http://someone:their-password@127.0.0.1:{listener.getsockname()[1]}"
        tracker = MlflowTracker(address, "small", answer_timeout=0.2)
        began = time.perf_counter()
        record_run(tracker, folder, run)
        assert time.perf_counter() - began < 5
    assert warnings_given() == ["MLflow failed, and the run goes on without it: no answer in 0.2 s"]
    assert "mlflow_id" not in told(folder)


def test_where_nobody_listens_the_line_says_so(folder, run, record_run, warnings_given):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        address = f"http://someone:their-password@127.0.0.1:{listener.getsockname()[1]}"
    record_run(MlflowTracker(address, "small"), folder, run)
    (line,) = warnings_given()
    assert line.startswith("MLflow failed, and the run goes on without it: API request to ")
    assert "their-password" not in line
    assert "MLFLOW_HTTP_REQUEST_MAX_RETRIES" not in os.environ


def test_what_is_no_file_of_sqlite_is_said_at_once(folder, run, record_run, warnings_given):
    (folder / "some.db").write_text("something else")
    began = time.perf_counter()
    record_run(MlflowTracker(f"sqlite:///{folder}/some.db", "small"), folder, run)
    record_run(MlflowTracker(f"sqlite:///{folder}", "small"), folder, run)
    assert time.perf_counter() - began < 10
    assert warnings_given() == [
        f"MLflow failed, and the run goes on without it: {folder}/some.db is no file of SQLite",
        f"MLflow failed, and the run goes on without it: [Errno 21] Is a directory: '{folder}'",
    ]


def test_without_mlflow_one_line_says_what_to_do(folder, run, monkeypatch):
    for name in ("mlflow", "sqlalchemy"):
        tracker = MlflowTracker("sqlite:///a.db", "small")
        with monkeypatch.context() as without:
            without.setitem(sys.modules, name, None)
            with pytest.raises(UserError) as caught:
                tracker.start(folder, {}, run)
        assert str(caught.value).endswith(
            "pip install -c requirements.lock -e '.[mlflow]', or use logger=csv"
        )


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"log_every": 0}, "logger.log_every=0 is not a whole number of at least 1"),
        ({"answer_timeout": 0}, "logger.answer_timeout=0 is not a number of seconds above 0"),
        ({"finish_timeout": "1m"}, "logger.finish_timeout=1m is not a number of seconds above 0"),
        ({"answer_timeout": float("nan")}, "logger.answer_timeout=nan is not a number of seconds"),
        ({"experiment_name": None}, "logger.experiment_name=None is no text: give one"),
        ({"run_name": [1]}, "logger.run_name=[1] is no text: give one"),
        ({"tracking_uri": "outputs/mlruns"}, "logger.tracking_uri=outputs/mlruns is a folder"),
        ({"tracking_uri": "file:///mlruns"}, "logger.tracking_uri=file:///mlruns is a folder"),
    ],
)
def test_wrong_settings_are_named(tracker_of, settings, message):
    with pytest.raises(UserError) as caught:
        tracker_of(**settings)
    assert str(caught.value).startswith(message)


def test_names_are_such_as_mlflow_takes_and_stay_apart():
    names = Names()
    given = ["step/acc@5", "step/acc_5", "step/acc%5", "step/..", "a//b", "plain/x y", "z" * 300]
    fit = [names(name) for name in given]
    assert fit == [
        *("step/acc_5", "step/acc_5_", "step/acc_5__", "step___", "a__b", "plain/x y"),
        "z" * 240,
    ]
    assert [names(name) for name in given] == fit
