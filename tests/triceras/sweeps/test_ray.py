import importlib.util
import json
import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from triceras.errors import UserError
from triceras.sweeps import job_record, ray_cluster
from triceras.sweeps.ray import RayLauncher, explain
from triceras.sweeps.ray_cluster import check_alive, check_room
from triceras.sweeps.ray_worker import run
from triceras.testing.sweeps import alive

pytestmark = pytest.mark.once

# After `STOPPABLE`, in the place of scripts/train.py: what becomes of a run, by its seed.
RUN = """
if seed == 1:
    sys.exit("error: it cannot be done")
if seed in (2, 3) and "resume" not in words:
    if seed == 2:
        status = pathlib.Path(f"/proc/{os.getppid()}/status").read_text()
        os.kill(int(status.partition("PPid:")[2].split()[0]), signal.SIGKILL)
    # Nobody reads it any more where whoever started this has died.
    import threading

    watch = lambda: (sys.stdin.buffer.read(), os.kill(os.getpid(), signal.SIGTERM))
    threading.Thread(target=watch, daemon=True).start()
    time.sleep(60)
(folder / "summary.json").write_text(json.dumps({"metrics": {"val_loss": float(seed)}}))
note("finished", 0, "by itself")
"""


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"cpus": 0}, "cpus=0 is no number of them: use 1 or more"),
        ({"gpus": 1.5}, "gpus=1.5 is no number of them: use 0, 1, 2, or a part of one"),
        ({"gpus": "all"}, "gpus=all is no number of them"),
        ({"n_jobs": "two"}, "n_jobs=two is no number of them"),
        ({"time": 7200}, 'time=7200 is no time: write "2:00:00"'),
        ({"memory": "much"}, "memory=much is no amount: write for example 8G"),
    ],
)
def test_what_cannot_be(options, message):
    with pytest.raises(UserError, match=message):
        RayLauncher(**options)


def test_without_ray_it_says_what_to_install(bare, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    done = bare.begin("seed=0,1", "hydra/launcher=ray")
    assert done.returncode == 1
    assert "needs ray, which is not installed: pip install" in done.stderr
    assert "'.[ray]'" in done.stderr


def test_a_job_that_no_machine_has_room_for_is_named():
    machines = [
        {"Alive": True, "Resources": {"CPU": 2.0, "memory": 2.0**34}},
        {"Alive": False, "Resources": {"CPU": 64.0, "GPU": 8.0, "memory": 100.0}},
    ]
    ray = SimpleNamespace(nodes=lambda: machines)
    assert check_room(ray, {"CPU": 2, "GPU": 0, "memory": 0}) is None
    check_alive(ray)
    said = check_room(ray, {"CPU": 4, "GPU": 1, "memory": 0})
    assert said == "no machine of Ray's has 4 CPU, 1 GPU, only 2 CPU, 0 GPU, 16 GiB of memory"
    del machines[0]
    with pytest.raises(UserError, match="no machine of Ray's is left"):
        check_alive(ray)


def test_a_job_has_the_environment_of_the_command_and_the_gpus_of_its_machine(
    tmp_path, monkeypatch
):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3")
    monkeypatch.setenv("OURS", "of the machine")
    environment = {"PATH": os.environ["PATH"], "OURS": "its", "CUDA_VISIBLE_DEVICES": "0,1"}
    command = ["sh", "-c", "head -c5; echo; echo $OURS $CUDA_VISIBLE_DEVICES $PWD; exit 3"]
    log = tmp_path / "log"
    assert run(command, b"given", environment, str(tmp_path), str(log)) == 3
    assert log.read_text().split() == ["given", "its", "3", str(tmp_path)]


@pytest.mark.parametrize(
    ("status", "problem", "skips", "expected"),
    [
        ("waiting", "no such folder", False, ("failed", "no such folder")),
        ("waiting", None, False, ("failed", "its process ended before it began: see job.log")),
        ("waiting", None, True, ("skipped", None)),
        ("running", "the machine died", False, ("killed", "the machine died")),
        ("interrupted", "the machine died", False, ("interrupted", "the machine died")),
        ("interrupted", None, False, ("interrupted", None)),
        ("failed", "the machine died", False, ("failed", None)),
    ],
)
def test_ray_says_what_a_job_could_not(tmp_path, status, problem, skips, expected):
    session = SimpleNamespace(skips=lambda: skips, told_to_stop=lambda: None)
    job_record.write(tmp_path, {"job": 0, "status": status})
    explain(tmp_path, problem, session)
    record = job_record.read(tmp_path)
    assert (record["status"], record.get("error")) == expected


@pytest.fixture
def on_ray(elsewhere):
    """Sweeps on a cluster of Ray, for which the project is the folder of the sweeps."""
    pytest.importorskip("ray", reason="ray is not installed: pip install -e '.[ray]'")
    yield elsewhere(RUN, "NPROC", "CUDA_VISIBLE_DEVICES")
    ray_cluster.disconnect()


@pytest.mark.slow
def test_what_becomes_of_the_jobs_of_a_sweep(on_ray):
    done = on_ray.begin("seed=0,1,2,3", "hydra/launcher=ray", "hydra.launcher.time='0:00:08'")
    assert done.returncode == 1, done.stderr
    jobs = on_ray.jobs()
    statuses = [job["status"] for job in jobs]
    assert statuses == ["finished", "failed", "interrupted", "interrupted"]
    assert jobs[1]["error"] == "it cannot be done"
    assert "died" in jobs[2]["error"]
    log = (on_ray.sweep / "3" / "job.log").read_text()
    assert "its time is over: hydra.launcher.time" in log
    done = on_ray.run(f"resume_sweep={on_ray.sweep}", "hydra.launcher.n_jobs=1")
    assert "3 of 4 jobs finished, 1 failed" in done.stdout
    said = [
        (Path(job["run_folder"]) / "said").read_text().splitlines() for job in on_ray.jobs()[2:]
    ]
    # Each has one thread, and sees no GPU.
    assert said == [
        ["interrupted SIGTERM 1 ", "finished by itself 1 "],
        ["interrupted SIGUSR2 1 ", "finished by itself 1 "],
    ]
    plan = json.loads((on_ray.sweep / "sweep.json").read_text())
    assert plan["launcher"] == "ray"
    ray_cluster.disconnect()
    assert alive(on_ray.sweep) == []
