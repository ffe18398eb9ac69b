"""Signals and full disks, as a whole command meets them."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from triceras.checkpoints.checkpoint_files import read
from triceras.config import ROOT
from triceras.runs.step_files import step_files
from triceras.testing.imports import FILE

TRAIN = str(ROOT / "scripts" / "train.py")
# What no run needs before its first step: each takes from a tenth of a second to one.
LATER = {"matplotlib", "pandas", "pytest", "scipy.stats", "sklearn", "wandb"}
# Keras and TensorFlow would import JAX on other backends.
FRAMEWORKS = {"jax", "tensorflow", "torch"}
WRITES = "+callback.imports._target_=triceras.testing.imports.WriteImports"


def start(folder, backend, *overrides):
    return subprocess.Popen(
        [
            sys.executable,
            TRAIN,
            f"backend={backend}",
            "logger=csv",
            "experiment=linear",
            # Long, and yet too short for PyTorch's slow compiler.
            f"epochs={400 if backend == 'torch' else 100000}",
            f"output_dir={folder}",
            *overrides,
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={k: v for k, v in os.environ.items() if k != "KERAS_BACKEND"},
    )


def wait_for_steps(folder, process):
    while process.poll() is None:
        if any(path.stat().st_size > 200 for path in folder.rglob("steps.csv")):
            return
        time.sleep(0.02)
    pytest.fail(process.stderr.read())


@pytest.mark.in_turn
@pytest.mark.slow
@pytest.mark.parametrize("name", ["SIGTERM", pytest.param("SIGUSR1", marks=pytest.mark.once)])
def test_a_signal_saves_the_run_and_ends_it_in_time(tmp_path, backend, name):
    with start(tmp_path, backend, WRITES) as process:
        wait_for_steps(tmp_path, process)
        began = time.perf_counter()
        process.send_signal(getattr(signal, name))
        out, err = process.communicate(timeout=60)
        assert time.perf_counter() - began < 10
    assert process.returncode == 75
    folder = Path(out.splitlines()[-1].removeprefix("run: "))
    assert f"interrupted by {name}: go on with resume={folder}" in err
    record = json.loads((folder / "run.json").read_text())
    assert record["status"] == "interrupted"
    saved = read(step_files(folder / "checkpoints")[0]).position.step
    lines = (folder / "steps.csv").read_text().splitlines()
    assert int(lines[-1].partition(",")[0]) + 1 == saved
    # The same process tells what it had imported before its first step.
    imported = set((folder / "checkpoints" / FILE).read_text().splitlines())
    assert "keras" in imported
    assert imported & LATER == set()
    assert imported & FRAMEWORKS == {backend}


@pytest.mark.slow
@pytest.mark.in_turn("jax", "tensorflow")
def test_a_second_ctrl_c_stops_at_once(tmp_path, backend):
    if backend == "torch":
        pytest.skip("it hears the first one between two steps, and is over before the second")
    with start(tmp_path, backend, "compile=false", "loop.steps_per_call=1000000") as process:
        while not list(tmp_path.rglob("step-000000000.npz")):
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=8)
    assert process.returncode == 130
    (path,) = tmp_path.rglob("run.json")
    assert json.loads(path.read_text())["status"] == "interrupted"


@pytest.mark.slow
@pytest.mark.once
def test_no_job_outlives_a_sweep_that_is_killed_and_it_goes_on(tmp_path, backend):
    sweep = tmp_path / "sweep"
    words = (f"hydra.sweep.dir={sweep}", "max_steps=2000", "-m")
    with start(tmp_path / "runs", backend, *words) as process:
        wait_for_steps(tmp_path, process)
        process.kill()
        process.communicate()
    # It waits for the job, which is about to save itself.
    result = subprocess.run(
        [sys.executable, TRAIN, f"resume_sweep={sweep}"],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert result.returncode == 0, result.stderr
    job = json.loads((sweep / "0" / "job.json").read_text())
    assert job["status"] == "finished"
    assert [attempt["status"] for attempt in job["attempts"]] == ["interrupted"]
    (path,) = (tmp_path / "runs").rglob("run.json")
    assert str(path.parent) == job["run_folder"]
    assert len(json.loads(path.read_text())["resumptions"]) == 1
    assert len((path.parent / "steps.csv").read_text().splitlines()) == 2001


UNSHARE = shutil.which("unshare")


@pytest.mark.slow
@pytest.mark.once
def test_a_full_disk_is_one_line_and_what_was_saved_stays(tmp_path, backend):
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = f"mount -t tmpfs -o size=1500k tmpfs {disk}"
    inside = [UNSHARE, "--user", "--map-root-user", "--mount", "sh", "-c"] if UNSHARE else []
    if not inside or subprocess.run([*inside, mount], capture_output=True).returncode:
        pytest.skip("nobody may mount a small disk here")
    program = f"""
{mount}
{sys.executable} {TRAIN} experiment=autoencoder backend={backend} logger=csv epochs=300 \\
  model.network.units=64 model.network.latent_dim=8 \\
  callback.checkpoints.every_epochs=1 callback.checkpoints.keep=20 output_dir={disk}
echo "exit code $?"
cp -r {disk} {tmp_path / "copy"}
"""
    environment = {k: v for k, v in os.environ.items() if k != "KERAS_BACKEND"}
    result = subprocess.run(
        [*inside, program], capture_output=True, text=True, timeout=120, env=environment
    )
    assert "exit code 1" in result.stdout, result.stderr
    errors = [line for line in result.stderr.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1
    assert "No space left on device; the last good one is untouched" in errors[0]
    assert "Traceback" not in result.stderr
    (path,) = (tmp_path / "copy").rglob("run.json")
    files = step_files(path.parent / "checkpoints")
    assert len(files) > 2
    for file in files:
        read(file)
