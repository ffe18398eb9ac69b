import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from triceras.errors import UserError
from triceras.testing.wandb_records import records_of
from triceras.tracking.wandb import WandbTracker, unless_set

CONFIG = {"seed": 3, "optimizer": {"learning_rate": 1e-3}, "hf_token": "a secret of the config"}
SUMMARY = {"status": "finished", "steps": 40, "metrics": {"val_loss": 0.25}}
LOSSES = np.linspace(1, 0.5, 40, dtype="float32")
KEY = "k" * 40


def record_run(tracker, folder, run, status="finished"):
    """A whole run: two epochs of 20 steps, a figure, a checkpoint."""
    tracker.start(folder, CONFIG, run)
    for epoch in range(2):
        for first in range(20 * epoch, 20 * epoch + 20, 8):
            stop = min(first + 8, 20 * epoch + 20)
            losses = LOSSES[first:stop]
            tracker.log_steps(first, {"loss": losses, "running_loss": losses + 1})
        tracker.log_epoch(epoch, 20 * epoch + 20, {"loss": 0.5 - epoch / 8, "val_loss": 0.25})
    tracker.log_figure("curve", folder / "figures" / "curve.png", 40)
    tracker.finish(status, SUMMARY, folder / "checkpoints" / "last.keras")


def history_of(records):
    return [record["item"] for record in records["history"]]


@pytest.fixture(scope="module")
def recorded(tmp_path_factory, make_folder, run):
    """The folder of an offline run, and the records in it."""
    folder = make_folder(tmp_path_factory.mktemp("recorded") / "run")
    tracker = WandbTracker(
        entity="team",
        group="sweep-7",
        job_type="train",
        tags=["deep/classifier", "jax", "x" * 100],
        notes="why",
        log_every=5,
    )
    before, sys.argv = sys.argv, ["train.py", "seed=3", "data.password=on the command line"]
    try:
        record_run(tracker, folder, run)
    finally:
        sys.argv = before
    return folder, records_of(folder)


@pytest.mark.once
@pytest.mark.slow
def test_offline_the_run_is_described(recorded):
    _, records = recorded
    (described,) = records["run"]
    assert described["project"] == "triceras"
    assert described["entity"] == "team"
    assert described["run_group"] == "sweep-7"
    assert described["job_type"] == "train"
    assert described["tags"] == ["deep/classifier", "jax", "x" * 64]
    assert described["notes"] == "why"
    assert described["display_name"] == "jax-custom-seed3-20260101-120000-0123abcd"
    config = described["config"]["update"]
    config.pop("_wandb")
    assert config == {"seed": 3, "optimizer": {"learning_rate": 1e-3}}


@pytest.mark.slow
@pytest.mark.once
def test_offline_every_nth_step_is_kept_exactly(recorded):
    _, records = recorded
    steps = [row for row in history_of(records) if "step/loss" in row]
    assert [row["step"] for row in steps] == list(range(0, 40, 5))
    assert [row["step/loss"] for row in steps] == LOSSES[::5].tolist()
    assert [row["step/running_loss"] for row in steps] == (LOSSES + 1)[::5].tolist()


KILLED = """
import json, os, signal, sys, time
from pathlib import Path
import numpy as np
from triceras.tracking.wandb import SECONDS_UNTIL_WRITTEN, WandbTracker

tracker = WandbTracker(log_every=5)
tracker.start(Path(sys.argv[1]), {}, json.loads(sys.argv[2]))
tracker.log_steps(0, {"loss": np.arange(20, dtype="float32")})
time.sleep(2 * SECONDS_UNTIL_WRITTEN)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.slow
@pytest.mark.once
def test_offline_a_run_that_is_killed_keeps_what_it_had_told(make_folder, tmp_path, run):
    folder = make_folder(tmp_path / "run")
    command = [sys.executable, "-c", KILLED, str(folder), json.dumps(run)]
    environment = os.environ | {"WANDB_MODE": "offline"}
    assert subprocess.run(command, env=environment).returncode == -9
    found = [item["step/loss"] for item in history_of(records_of(folder)) if "step/loss" in item]
    assert found == [0, 5, 10, 15]


@pytest.mark.slow
@pytest.mark.once
def test_offline_every_epoch_is_kept(recorded):
    _, records = recorded
    epochs = [row for row in history_of(records) if "epoch" in row]
    names = ("epoch", "step", "epoch/loss", "epoch/val_loss")
    assert [[row[name] for name in names] for row in epochs] == [
        [0, 20, 0.5, 0.25],
        [1, 40, 0.375, 0.25],
    ]


@pytest.mark.slow
@pytest.mark.once
def test_offline_each_name_has_its_own_axis(recorded):
    _, records = recorded
    axes = {m["glob_name"]: m["step_metric"] for m in records["metric"] if "glob_name" in m}
    assert axes == {"step/*": "step", "epoch/*": "epoch", "figures/*": "step"}


@pytest.mark.slow
@pytest.mark.once
def test_offline_the_figure_is_kept(recorded):
    folder, records = recorded
    (row,) = [row for row in history_of(records) if "figures/curve._type" in row]
    assert row["figures/curve._type"] == "image-file"
    assert row["step"] == 40
    (copy,) = folder.glob(f"wandb/offline-run-*/files/{row['figures/curve.path']}")
    assert copy.read_bytes() == (folder / "figures" / "curve.png").read_bytes()


@pytest.mark.once
def test_offline_the_checkpoint_is_an_artifact(recorded):
    folder, records = recorded
    (artifact,) = records["artifact"]
    checkpoint = folder / "checkpoints" / "last.keras"
    assert artifact["type"] == "model"
    assert artifact["name"] == "deep-classifier"
    assert set(artifact["aliases"]) == {"latest", "jax-custom-seed3-20260101-120000-0123abcd"}
    (file,) = artifact["manifest"]["contents"]
    assert file["path"] == "last.keras"
    assert Path(file["local_path"]) == checkpoint.resolve()
    assert int(file["size"]) == checkpoint.stat().st_size


@pytest.mark.once
def test_offline_the_end_is_kept(recorded):
    _, records = recorded
    assert records["exit"][0].get("exit_code", 0) == 0
    summary = {}
    for record in records["summary"]:
        summary |= record["update"]
    assert summary["status"] == "finished"
    assert summary["metrics"] == {"val_loss": 0.25}


@pytest.mark.once
def test_offline_run_json_knows_the_run_and_keeps_the_rest(recorded, run):
    folder, records = recorded
    content = json.loads((folder / "run.json").read_text())
    assert content == {**run, "wandb_id": records["run"][0]["run_id"], "wandb_url": None}


@pytest.mark.once
@pytest.mark.slow
def test_offline_a_run_that_goes_on_is_the_same_run(make_folder, tmp_path, run):
    folder = make_folder(tmp_path / "run")
    ids = []
    for resumed_from in (None, {"step": 40, "epoch": 2}):
        tracker = WandbTracker()
        record = json.loads((folder / "run.json").read_text())
        tracker.start(folder, CONFIG, record | {"resumed_from": resumed_from})
        tracker.log_epoch(2 if resumed_from else 1, 60, {"loss": 0.5})
        tracker.finish("finished", {}, None)
        ids.append(json.loads((folder / "run.json").read_text())["wandb_id"])
        # W&B names its folders by the second.
        time.sleep(1)
    assert ids[0] == ids[1]
    assert len(list(folder.glob(f"wandb/offline-run-*/run-{ids[0]}.wandb"))) == 2


@pytest.mark.once
def test_no_secret_is_anywhere_in_the_files(recorded):
    folder, records = recorded
    assert records["environment"][0]["args"] == ["seed=3"]
    for path in (folder / "wandb").rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert b"a secret of the config" not in content, path
            assert b"on the command line" not in content, path


@pytest.mark.once
@pytest.mark.parametrize("status", ["failed", "interrupted"])
@pytest.mark.slow
def test_a_run_that_did_not_finish_is_one_that_failed(folder, run, status):
    tracker = WandbTracker()
    tracker.start(folder, CONFIG, run)
    tracker.finish(status, {}, None)
    records = records_of(folder)
    assert records["exit"][0]["exit_code"] == 1
    assert {"status": status} in [record["update"] for record in records["summary"]]
    assert "artifact" not in records


@pytest.mark.once
@pytest.mark.slow
def test_log_checkpoint_can_be_switched_off(folder, run):
    record_run(WandbTracker(log_checkpoint=False), folder, run)
    assert "artifact" not in records_of(folder)


@pytest.mark.once
@pytest.mark.slow
def test_runs_of_one_process_never_merge(tmp_path, make_folder, run):
    folders = [make_folder(tmp_path / name) for name in ("never_finished", "second")]
    for epoch, folder in enumerate(folders):
        tracker = WandbTracker()
        tracker.start(folder, CONFIG, run)
        tracker.log_epoch(epoch, 1, {"loss": 1.0})
    tracker.finish("finished", {}, None)
    ids = []
    for epoch, folder in enumerate(folders):
        records = records_of(folder)
        ids.append(records["run"][0]["run_id"])
        assert [row["epoch"] for row in history_of(records)] == [epoch]
    assert len(set(ids)) == 2


@pytest.mark.once
@pytest.mark.slow
def test_a_failure_in_the_middle_is_one_line(folder, run, warnings_given, monkeypatch):
    tracker = WandbTracker(log_every=1)
    tracker.start(folder, CONFIG, run)
    calls = []

    def fail(row):
        calls.append(row)
        raise RuntimeError("no more\nof this")

    monkeypatch.setattr(tracker.run, "log", fail)
    finishes = []
    finish = tracker.run.finish
    monkeypatch.setattr(tracker.run, "finish", lambda **how: (finishes.append(how), finish(**how)))
    tracker.log_steps(0, {"loss": np.ones(5)})
    tracker.log_epoch(0, 5, {"loss": 1.0})
    tracker.log_figure("curve", folder / "figures" / "curve.png", 5)
    tracker.finish("finished", SUMMARY, folder / "checkpoints" / "last.keras")
    assert len(calls) == 1
    (line,) = warnings_given()
    assert line.startswith("W&B failed, and the run goes on without it: no more of this; what it")
    assert f"wandb sync {folder / 'wandb' / 'offline-run-'}" in line
    # It is closed all the same: what came before is whole, and the next run is another.
    assert finishes == [{"exit_code": 0}]
    assert "exit" in records_of(folder)


@pytest.mark.once
@pytest.mark.parametrize("method", ["init", "setup"])
def test_a_failure_at_the_start_is_one_line(folder, run, warnings_given, monkeypatch, method):
    import wandb

    def fail(*args, **kwargs):
        raise OSError("no room")

    monkeypatch.setattr(wandb, method, fail)
    record_run(WandbTracker(), folder, run)
    assert warnings_given() == ["W&B failed, and the run goes on without it: no room"]
    assert json.loads((folder / "run.json").read_text()) == run


@pytest.mark.once
def test_ctrl_c_is_not_swallowed(folder, run, monkeypatch):
    tracker = WandbTracker(log_every=1)
    tracker.start(folder, CONFIG, run)

    def interrupt(row):
        raise KeyboardInterrupt

    monkeypatch.setattr(tracker.run, "log", interrupt)
    with pytest.raises(KeyboardInterrupt):
        tracker.log_steps(0, {"loss": np.ones(1)})
    tracker.finish("interrupted", {}, None)


@pytest.mark.once
@pytest.mark.slow
def test_the_files_go_where_they_are_told_to(folder, tmp_path, run, monkeypatch):
    monkeypatch.setenv("WANDB_SILENT", "true")
    monkeypatch.delenv("WANDB_CONSOLE", raising=False)
    assert unless_set(silent=True, console="off") == {"console": "off"}
    monkeypatch.setenv("WANDB_MODE", "dryrun")
    tracker = WandbTracker(mode="dryrun", tags="a, b", dir=str(tmp_path / "elsewhere"))
    tracker.start(folder, CONFIG, run)
    tracker.finish("finished", {}, None)
    assert not (folder / "wandb").exists()
    (described,) = records_of(tmp_path / "elsewhere")["run"]
    assert described["tags"] == ["a", "b"]


@pytest.mark.once
def test_disabled_does_not_even_import_wandb(folder, run, monkeypatch):
    monkeypatch.setitem(sys.modules, "wandb", None)
    record_run(WandbTracker(mode="disabled"), folder, run)
    assert not (folder / "wandb").exists()


@pytest.mark.once
@pytest.mark.parametrize("mode", ["online", "offline"])
def test_without_wandb_one_line_says_what_to_do(folder, run, monkeypatch, mode):
    monkeypatch.setitem(sys.modules, "wandb", None)
    with pytest.raises(UserError, match=r"pip install wandb, or use logger=csv$"):
        WandbTracker(mode=mode).start(folder, CONFIG, run)


@pytest.mark.once
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"mode": "dryrun"}, "logger.mode=dryrun is unknown: use one of online, offline, disabled"),
        ({"log_every": 0}, "logger.log_every=0 is not a whole number of at least 1"),
        ({"timeout": 0}, "logger.timeout=0 is not a number of seconds above 0"),
        ({"upload_timeout": "1m"}, "logger.upload_timeout=1m is not a number of seconds above 0"),
    ],
)
def test_wrong_settings_are_named(arguments, message, monkeypatch):
    monkeypatch.delenv("WANDB_MODE", raising=False)
    with pytest.raises(UserError) as caught:
        WandbTracker(**arguments)
    assert str(caught.value) == message


@pytest.mark.once
def test_a_wrong_variable_is_named(monkeypatch):
    monkeypatch.setenv("WANDB_MODE", "shared")
    with pytest.raises(UserError, match=r"^WANDB_MODE=shared is unknown: use one of online, off"):
        WandbTracker(mode="shared")


@pytest.mark.once
def test_the_command_that_sends_a_run_can_be_pasted():
    tracker = WandbTracker()
    settings = SimpleNamespace(sync_dir="/my runs/wandb/offline-run-1-abc")
    tracker.run = SimpleNamespace(settings=settings, id="abc")
    assert tracker.how_to_send() == "wandb sync '/my runs/wandb/offline-run-1-abc'"
    tracker.resumed = True
    assert tracker.how_to_send() == "wandb sync '/my runs/wandb'/offline-run-*-abc"


# From here on each run has a process of its own, as W&B reads its environment once.

PROGRAM = """
import json, sys, time
from pathlib import Path
from types import SimpleNamespace
from triceras.lean_keras import keep_lean

keep_lean()
folder, arguments, modules = Path(sys.argv[1]), json.loads(sys.argv[2]), sys.argv[3:]
for module in modules:
    __import__(module)
before = set(sys.modules)
print("imported", file=sys.stderr, flush=True)

import numpy as np
from triceras.runs.log import write_log_to
from triceras.tracking.wandb import WandbTracker, unless_set

write_log_to(folder / "train.log")
tracker = WandbTracker(log_every=1, **arguments)
run = json.loads((folder / "run.json").read_text())
seconds = {}

began = time.perf_counter()
tracker.start(folder, {"seed": 3, "password": "a secret of the config"}, run)
seconds["start"] = time.perf_counter() - began
tracker.log_steps(0, {"loss": np.ones(4)})
tracker.log_epoch(0, 4, {"loss": 0.5})
if (folder / "wait").exists():
    (folder / "wait").unlink()
    while not (folder / "go").exists():
        time.sleep(0.01)
tracker.log_figure("curve", folder / "figures" / "curve.png", 4)
began = time.perf_counter()
tracker.finish("finished", {"steps": 4}, folder / "checkpoints" / "last.keras")
seconds["finish"] = time.perf_counter() - began
report = {"seconds": seconds, "modules": sorted(set(sys.modules) - before)}
(folder / "report.json").write_text(json.dumps(report))
"""


@pytest.fixture
def in_process(folder, tmp_path):
    """Starts a run in a process that knows of no W&B but what it is told."""
    started = []

    def start(arguments, environment, modules=()):
        (tmp_path / "home").mkdir()
        (tmp_path / "elsewhere").mkdir()
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("WANDB_", "NETRC"))}
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(folder), json.dumps(arguments), *modules],
            cwd=tmp_path / "elsewhere",
            env={**inherited, "HOME": str(tmp_path / "home"), **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


def outcome(process, folder):
    """What a process printed once it had imported its modules, and what it reported."""
    out, err = process.communicate(timeout=100)
    assert process.returncode == 0, err
    assert out == ""
    lines = err.splitlines()
    return lines[lines.index("imported") + 1 :], json.loads((folder / "report.json").read_text())


@pytest.fixture
def closed_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    return f"http://127.0.0.1:{port}"


@pytest.fixture
def silent_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(50)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@pytest.mark.once
@pytest.mark.slow
def test_offline_nothing_is_printed_or_imported_or_left_about(
    backend, folder, tmp_path, in_process
):
    process = in_process({}, {"KERAS_BACKEND": backend}, ["triceras.checkpoints.checkpoints"])
    lines, report = outcome(process, folder)
    assert lines == []
    assert "wandb" in report["modules"]
    assert not {"jax", "tensorflow", "torch", "keras"} & set(report["modules"])
    assert list((tmp_path / "elsewhere").iterdir()) == []
    (run_folder,) = folder.glob("wandb/offline-run-*")
    assert (folder / "train.log").read_text().count(f"wandb sync {run_folder}\n") == 1


@pytest.mark.once
@pytest.mark.slow
def test_online_without_a_key_goes_on_offline(folder, in_process):
    began = time.perf_counter()
    lines, _ = outcome(in_process({"mode": "online"}, {}), folder)
    assert lines == [
        "WARNING: logger.mode=online needs a W&B key, so the run is kept offline: run `wandb "
        "login` or set WANDB_API_KEY"
    ]
    assert time.perf_counter() - began < 15
    assert len(history_of(records_of(folder))) == 6


@pytest.mark.once
@pytest.mark.slow
@pytest.mark.parametrize("server", ["closed_port", "silent_port"])
def test_online_without_an_answer_goes_on_offline(folder, in_process, request, server):
    environment = {"WANDB_BASE_URL": request.getfixturevalue(server), "WANDB_API_KEY": KEY}
    began = time.perf_counter()
    process = in_process({"mode": "online", "timeout": 3}, environment)
    (line,), report = outcome(process, folder)
    assert line.startswith("WARNING: W&B cannot take the run, so it is kept offline: Timed out")
    assert 3 <= report["seconds"]["start"] < 10
    assert report["seconds"]["finish"] < 3
    assert time.perf_counter() - began < 20
    (folder_of_attempt,) = folder.glob("wandb/run-*")
    for file in folder_of_attempt.glob("*.wandb"):
        file.unlink()
    assert len(history_of(records_of(folder))) == 6


@pytest.mark.once
@pytest.mark.slow
def test_online_everything_is_sent(folder, in_process, wandb_server):
    environment = {"WANDB_BASE_URL": wandb_server.address, "WANDB_API_KEY": KEY}
    process = in_process(
        {"mode": "online", "group": "sweep-7", "log_checkpoint": False}, environment
    )
    lines, _ = outcome(process, folder)
    assert lines == []
    upsert = next(q["variables"] for q in wandb_server.queries if "upsertBucket" in q["query"])
    assert upsert["groupName"] == "sweep-7"
    config = json.loads(upsert["config"])
    assert config["seed"]["value"] == 3
    assert "password" not in config
    assert [row["step"] for row in wandb_server.history if "step/loss" in row] == [0, 1, 2, 3]
    assert [row["epoch/loss"] for row in wandb_server.history if "epoch" in row] == [0.5]
    content = json.loads((folder / "run.json").read_text())
    assert content["wandb_url"].startswith(f"{wandb_server.address}/me/triceras/runs/")
    assert KEY.encode() not in b"".join(
        path.read_bytes() for path in folder.rglob("*") if path.is_file()
    )


@pytest.mark.once
@pytest.mark.slow
def test_a_server_that_goes_silent_does_not_hold_up_the_end(folder, in_process, wandb_server):
    (folder / "wait").touch()
    began = time.perf_counter()
    process = in_process(
        {"mode": "online", "timeout": 5, "upload_timeout": 2},
        {
            "WANDB_BASE_URL": wandb_server.address,
            "WANDB_API_KEY": KEY,
            # W&B asks whether it may send an artifact, and waits 19 s by itself.
            "WANDB_HTTP_TIMEOUT": "2",
        },
    )
    while (folder / "wait").exists():
        assert process.poll() is None
        time.sleep(0.01)
    wandb_server.mute.set()
    (folder / "go").touch()
    (line,), report = outcome(process, folder)
    assert line.startswith("WARNING: W&B failed, and the run goes on without it: ")
    assert "wandb sync" in line
    assert report["seconds"]["finish"] < 12
    assert time.perf_counter() - began < 30
    assert len(history_of(records_of(folder))) == 6
