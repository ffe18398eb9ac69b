import json
from contextlib import ExitStack
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from triceras.errors import UserError
from triceras.sweeps import job_record, slurm, slurm_arrays, slurm_job, slurm_queue
from triceras.sweeps.session import Command, Session
from triceras.sweeps.slurm import SlurmLauncher, explain, wait
from triceras.sweeps.slurm_job import handed
from triceras.testing.slurm_cluster import cluster, missing

pytestmark = pytest.mark.once

# After `STOPPABLE`, in the place of scripts/train.py: what SLURM does to a run, by its seed.
RUN = """
import subprocess

done = {
    1: ["scancel", "--signal=USR2", "--batch"],
    2: ["scontrol", "requeue"],
    3: ["scancel"],
}.get(seed)
if done and not "resume" in words:
    array, task = (os.environ[f"SLURM_ARRAY_{name}_ID"] for name in ("JOB", "TASK"))
    subprocess.run([*done, f"{array}_{task}"])
    time.sleep(60)
(folder / "summary.json").write_text(json.dumps({"metrics": {"val_loss": float(seed)}}))
if seed == 4:
    sys.exit("error: it cannot be done")
note("finished", 0, "by itself")
"""


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"cpus": 0}, "cpus=0 is no number of them: use 1 or more"),
        ({"gpus": -1}, "gpus=-1 is no number of them: use 0 or more"),
        ({"n_jobs": "two"}, "n_jobs=two is no number of them"),
        ({"time": 7200}, 'time=7200 is no time: write "2:00:00" or "1-12:00:00", in a file'),
        ({"time": "2h"}, "time=2h is no time"),
        ({"options": "--qos=long"}, r"options=--qos=long is no list: write \[--qos=long\]"),
    ],
)
def test_what_cannot_be(options, message):
    with pytest.raises(UserError, match=message):
        SlurmLauncher(**options)


def test_what_is_asked_of_slurm():
    asked = SlurmLauncher(partition="main", cpus=4, gpus=2, memory="8G", time="1-12:00:00").options
    for option in ("partition=main", "cpus-per-task=4", "gres=gpu:2", "mem=8G", "time=1-12:00:00"):
        assert f"--{option}" in asked
    assert "--signal=B:USR2@60" in asked
    said = SlurmLauncher(gpus=0).options
    assert not [word for word in said if "gres" in word or "mem" in word or "partition" in word]


def test_no_slurm_and_a_slurm_that_refuses(monkeypatch):
    monkeypatch.setattr(slurm_queue.shutil, "which", lambda name: None)
    with pytest.raises(UserError, match="needs sbatch, which this machine has not"):
        slurm_queue.submit([], "")
    monkeypatch.setattr(slurm_queue.shutil, "which", lambda name: name)
    refused = CompletedProcess([], 1, "", "sbatch: error: invalid partition specified: x\n")
    monkeypatch.setattr(slurm_queue, "call", lambda *command, stdin="": refused)
    with pytest.raises(UserError, match=r"refuses the jobs .*invalid partition specified: x"):
        slurm_queue.submit([], "")


def test_a_queue_that_is_silent_is_asked_again(monkeypatch):
    class Session:
        stop = None

        def told_to_stop(self):
            return self.stop

    def look(array):
        session.stop = "SIGINT" if len(answers) <= 3 else None
        return answers.pop(0)

    answers = [["PENDING"], None, ["PENDING", "RUNNING"], ["RUNNING"], []]
    session, cancelled = Session(), []
    monkeypatch.setattr(slurm_queue, "states", look)
    monkeypatch.setattr(slurm_queue, "cancel", lambda *words: cancelled.append(words))
    monkeypatch.setattr(slurm.time, "sleep", lambda seconds: None)
    monkeypatch.setattr(slurm.time, "monotonic", iter(range(0, 10_000, 100)).__next__)
    wait("7", [], session, [])
    # Those that wait are taken out of the queue once it is told to stop; those that run are told.
    assert (answers, cancelled) == ([], [("7", "--state=PENDING")])


def test_what_a_command_that_died_left_in_the_queue_is_taken_over(tmp_path, monkeypatch):
    logs, folder = tmp_path / "slurm", tmp_path / "0"
    logs.mkdir()
    dead, alive = (Command(tmp_path, "slurm", False, fail_fast=True) for _ in range(2))
    folder.mkdir()
    noted = ExitStack()
    for session, array in ((dead, "7"), (alive, "8")):
        noted.enter_context(slurm_arrays.noted(logs, session, [array]))
        handed(folder, session).touch()
    dead.lock.close()
    states = {"7": [["RUNNING"], ["RUNNING"], []], "9": [["PENDING"], ["PENDING"], []]}
    cancelled = []
    monkeypatch.setattr(slurm_queue, "cancel", lambda *words: cancelled.append(words))
    monkeypatch.setattr(slurm_queue, "states", lambda array: states[array].pop(0))
    monkeypatch.setattr(slurm, "PAUSE", 0)
    monkeypatch.setattr(slurm, "LONGEST", 0)
    older = slurm_arrays.take_over(logs, [folder])
    # What waits there is the new command's to start, and one that is alive is left alone.
    assert (older, cancelled) == (["7"], [("7", "--state=PENDING")])
    assert [path.name for path in folder.iterdir()] == [handed(folder, alive).name]
    # A job of it that fails is heard of, and it is told to stop as others are.
    monkeypatch.setattr(alive, "note_failure", lambda: alive.stop("SIGTERM"))
    failed = {"job": 0, "status": "failed", "ended": "2999-01-01T00:00:00+00:00"}
    job_record.write(folder, failed)
    wait("9", older, alive, [folder])
    assert cancelled[1:] == [("9", "--state=PENDING"), ("7",)]
    alive.close()
    noted.close()
    assert list(logs.iterdir()) == []


@pytest.mark.parametrize(
    ("status", "said", "expected"),
    [
        ("waiting", "python: no such file\n", ("failed", "python: no such file")),
        ("waiting", "", ("waiting", None)),
        ("running", "CANCELLED DUE TO TIME LIMIT\n\n", ("killed", "CANCELLED DUE TO TIME LIMIT")),
        ("running", "", ("killed", job_record.DIED)),
        ("failed", "noise\n", ("failed", None)),
    ],
)
def test_slurm_says_what_a_job_could_not(tmp_path, status, said, expected):
    (tmp_path / "0.log").write_text(said)
    job_record.write(tmp_path, {"job": 0, "status": status})
    explain(tmp_path, tmp_path)
    record = job_record.read(tmp_path)
    assert (record["status"], record.get("error")) == expected


def test_a_job_is_queued_again_only_so_often(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(slurm_queue, "requeue", lambda job: asked.append(job) or "it is held")
    monkeypatch.setenv("SLURM_ARRAY_JOB_ID", "7")
    monkeypatch.setenv("SLURM_ARRAY_TASK_ID", "2")
    for before in ("0", "2"):
        monkeypatch.setenv("SLURM_RESTART_COUNT", before)
        slurm_job.queue_again(tmp_path, 2)
    assert asked == ["7_2"]
    lines = (tmp_path / "job.log").read_text().splitlines()
    assert "cannot be queued again: it is held" in lines[0]
    assert "is not queued again: hydra.launcher.max_requeues=2" in lines[1]


def test_a_command_that_goes_on_leaves_what_jobs_of_another_were_given(tmp_path):
    one, other = (handed(tmp_path, Session(tmp_path / name)) for name in "ab")
    assert one != other


@pytest.fixture
def on_a_cluster(elsewhere):
    """Sweeps whose jobs run on a cluster, for which the project is the folder of the sweeps."""
    if reason := missing():
        pytest.skip(reason)
    with cluster():
        yield elsewhere(RUN, "OMP_NUM_THREADS")


@pytest.mark.slow
def test_what_slurm_does_to_the_jobs_of_a_sweep(on_a_cluster):
    words = ("hydra/launcher=slurm", "hydra.launcher.time=0:10:00", "hydra.launcher.partition=main")
    done = on_a_cluster.begin("seed=0,1,2,3,4", *words)
    assert done.returncode == 1, done.stderr
    by_itself, over, requeued, cancelled, failed = jobs = on_a_cluster.jobs()
    statuses = [job["status"] for job in jobs]
    assert statuses == ["finished", "finished", "finished", "interrupted", "failed"]
    assert failed["error"] == "it cannot be done"
    said = {
        job["job"]: (Path(job["run_folder"]) / "said").read_text().splitlines()
        for job in (by_itself, over, requeued, cancelled)
    }
    # Those that SLURM starts again go on by themselves, and are one run.
    assert said == {
        0: ["finished by itself 1"],
        1: ["interrupted SIGUSR2 1", "finished by itself 1"],
        2: ["interrupted SIGTERM 1", "finished by itself 1"],
        3: ["interrupted SIGTERM 1"],
    }
    assert [len(job.get("attempts", [])) for job in jobs] == [0, 1, 1, 0, 0]
    # What they were given may hold secrets.
    assert list(on_a_cluster.sweep.rglob("*.pickle")) == []
    assert "3 of 5 jobs finished, 1 failed, 1 interrupted" in done.stdout
    plan = json.loads((on_a_cluster.sweep / "sweep.json").read_text())
    assert plan["launcher"] == "slurm"
