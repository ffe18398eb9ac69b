"""The command itself, as a person types it."""

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from triceras.backend import installed
from triceras.config import ROOT
from triceras.kept_tensorflow import FOLDER
from triceras.testing.runs import rows

TRAIN = str(ROOT / "scripts" / "train.py")
QUICK = ("logger=csv", "max_steps=2")


def without_choices():
    """The environment without what the tests have chosen themselves."""
    chosen = ("KERAS_BACKEND", "JAX_COMPILATION_CACHE_DIR", FOLDER, "TF_CPP_MIN_LOG_LEVEL")
    return {k: v for k, v in os.environ.items() if k not in chosen}


def train(*arguments, cwd=None):
    return subprocess.run(
        [sys.executable, TRAIN, *arguments],
        capture_output=True,
        text=True,
        timeout=280,
        cwd=cwd,
        env=without_choices(),
    )


def assert_one_line(result, message):
    assert result.returncode == 1
    lines = result.stderr.splitlines()
    assert len(lines) == 1, result.stderr
    assert lines[0].startswith(f"error: {message}")


def processor_seconds():
    """What all processes that have ended took."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@pytest.mark.once
@pytest.mark.parametrize("arguments", [("--help",), ("--cfg", "job")])
@pytest.mark.slow
def test_help_and_config_need_no_framework_and_no_time(arguments):
    program = f"""
import runpy, sys
sys.argv = [{TRAIN!r}, *{arguments!r}]
sys.path.insert(0, {str(Path(TRAIN).parent)!r})
try:
    runpy.run_path({TRAIN!r}, run_name="__main__")
finally:
    print("LOADED", {{"keras", "jax", "tensorflow", "torch"}} & set(sys.modules), file=sys.stderr)
"""
    seconds, hydra_alone = [], []
    for _ in range(3):
        began = processor_seconds()
        result = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, timeout=60
        )
        seconds.append(processor_seconds() - began)
        assert result.returncode == 0, result.stderr
        assert "LOADED set()" in result.stderr
        began = processor_seconds()
        subprocess.run([sys.executable, "-c", "import hydra"], check=True, timeout=60)
        hydra_alone.append(processor_seconds() - began)
        assert "backend" in result.stdout
        # It is three to four times Hydra's import, however fast the machine is.
        if min(seconds) < 6 * min(hydra_alone):
            break
    else:
        pytest.fail(f"it took {seconds} s, and Hydra's import {hydra_alone} s")


LOADED = {"jax", "tensorflow", "torch"}


@pytest.fixture(scope="module")
def command(tmp_path_factory, backend):
    """What the command of a short run with W&B did, told by all that it loaded, and from where."""
    here = tmp_path_factory.mktemp("here")
    out = tmp_path_factory.mktemp("out")
    words = ["experiment=autoencoder", f"backend={backend}", "max_steps=2"]
    words += [f"output_dir={out}", f"cache_dir={out / 'cache'}"]
    program = f"""
import runpy, sys
sys.argv = [{TRAIN!r}, *{words!r}]
sys.path.insert(0, {str(Path(TRAIN).parent)!r})
try:
    runpy.run_path({TRAIN!r}, run_name="__main__")
finally:
    print("LOADED", *sorted({LOADED!r} & set(sys.modules)), file=sys.stderr)
"""
    result = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=280,
        cwd=here,
        env=without_choices(),
    )
    assert result.returncode == 0, result.stderr
    return result, here, words


@pytest.mark.in_turn
@pytest.mark.slow
def test_run_ends_with_a_table_and_its_folder(command, backend):
    result, _, words = command
    assert "test_code" in result.stdout
    folder = Path(result.stdout.splitlines()[-1].removeprefix("run: "))
    record = json.loads((folder / "run.json").read_text())
    assert (record["backend"], record["status"]) == (backend, "finished")
    assert record["argv"][1:] == words


@pytest.mark.slow
def test_run_leaves_nothing_in_the_current_folder(command):
    _, here, _ = command
    assert list(here.iterdir()) == []


@pytest.mark.slow
def test_no_framework_says_anything_of_its_own(command):
    """Whatever its backend, a run that goes well says nothing on standard error."""
    *said, loaded = command[0].stderr.splitlines()
    assert loaded.startswith("LOADED")
    assert said == []


@pytest.mark.slow
def test_tensorflow_stays_out_of_other_backends(command, backend):
    """Keras itself imports JAX beside PyTorch, which is quick."""
    loaded = command[0].stderr.splitlines()[-1].split()
    assert loaded[0] == "LOADED"
    assert backend in loaded
    assert ("tensorflow" in loaded) == (backend == "tensorflow")
    assert backend == "torch" or "torch" not in loaded


@pytest.mark.once
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["backend=theano"], "backend=theano is unknown"),
        (["experiment=nope"], "experiment=nope is unknown"),
        (["data=images", "data.path=nowhere.npz"], "data.path=nowhere.npz does not exist"),
        (["batch_size=0"], "batch_size=0 is no whole number"),
        (["seed=abc"], "seed=abc is no whole number"),
        (["no_such_key=1"], "no_such_key is not in this configuration"),
    ],
)
@pytest.mark.slow
def test_bad_input_gets_one_line_and_no_run_folder(
    tmp_path, run_script, backend, arguments, message
):
    chosen = () if any("backend=" in word for word in arguments) else (f"backend={backend}",)
    result = run_script("train.py", *chosen, *arguments, f"output_dir={tmp_path}")
    assert_one_line(result, message)
    assert result.stdout == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.once
@pytest.mark.slow
def test_truncated_file_and_wrong_shape_get_one_line(tmp_path, run_script, backend):
    names = ("x_train", "y_train", "x_test", "y_test")
    arrays = [np.zeros((3, 28, 28), "uint8"), np.zeros(3, "uint8")] * 2
    good = tmp_path / "good.npz"
    np.savez(good, **dict(zip(names, arrays, strict=True)))
    (tmp_path / "cut.npz").write_bytes(good.read_bytes()[:1000])
    words = [f"backend={backend}", "data=images"]
    result = run_script("train.py", *words, f"data.path={tmp_path / 'cut.npz'}")
    assert_one_line(result, f"data.path={tmp_path / 'cut.npz'} is damaged or incomplete")
    arrays[0] = np.zeros((3, 14, 14), "uint8")
    np.savez(tmp_path / "small.npz", **dict(zip(names, arrays, strict=True)))
    result = train(*words, f"data.path={tmp_path / 'small.npz'}")
    assert_one_line(result, f"data.path={tmp_path / 'small.npz'}: x_train is uint8 of shape (3, 14")


@pytest.mark.slow
@pytest.mark.once
def test_output_folder_that_cannot_be_written(tmp_path, run_script, backend):
    (tmp_path / "file").write_text("")
    words = [*QUICK, f"backend={backend}", f"output_dir={tmp_path / 'file'}"]
    result = run_script("train.py", *words)
    assert_one_line(result, "cannot write the run folder")


@pytest.mark.once
@pytest.mark.slow
def test_loss_that_is_not_finite(tmp_path, backend, run_script):
    result = run_script(
        "train.py",
        "experiment=linear",
        "optimizer.learning_rate=1e38",
        f"backend={backend}",
        *QUICK[:1],
        "max_steps=20",
        f"output_dir={tmp_path}",
    )
    assert_one_line(result, "the loss is not finite at step ")
    assert result.stdout.splitlines()[-1].startswith("run: ")


@pytest.mark.once
@pytest.mark.slow
def test_sweep_of_which_a_job_would_be_refused(tmp_path, run_script):
    result = run_script(
        "train.py",
        "-m",
        f"backend={','.join(installed())},theano",
        *QUICK,
        "experiment=autoencoder",
        f"output_dir={tmp_path / 'refused'}",
    )
    # Hydra composes all jobs before the first one starts.
    assert_one_line(result, "backend=theano is unknown")
    assert not list((tmp_path / "refused").rglob("run.json"))


@pytest.mark.once
@pytest.mark.slow
def test_sweep_with_a_failing_job(tmp_path):
    # On a backend that is not the first, where there is one, so that who is asked for one gets it.
    backend = installed()[-1]
    result = train(
        "-m",
        f"backend={backend}",
        "model.network.latent_dim=2,-1",
        "notes=job-${hydra:job.num}",
        *QUICK,
        "experiment=autoencoder",
        f"output_dir={tmp_path / 'outputs'}",
    )
    assert result.returncode == 1
    assert "1 of 2 jobs finished" in result.stdout
    (sweep,) = (tmp_path / "outputs" / "sweeps").iterdir()
    jobs = [json.loads(path.read_text()) for path in sweep.glob("*/job.json")]
    assert len(jobs) == 2
    for job in jobs:
        failed = "model.network.latent_dim=-1" in job["overrides"]
        assert job["status"] == ("failed" if failed else "finished")
        run = json.loads((Path(job["run_folder"]) / "run.json").read_text())
        # What each process really ran on, not what it was asked for.
        assert run["backend"] == backend
        if failed:
            assert "model.network cannot be built" in job["error"]
        else:
            config = (Path(job["run_folder"]) / "config.yaml").read_text()
            assert f"sweep_id: {sweep.name}" in config
            assert f"notes: job-{job['job']}\n" in config
            steps = rows(Path(job["run_folder"]) / "steps.csv")
            assert [step["step"] for step in steps] == ["0", "1"]
    assert len({job["run_folder"] for job in jobs}) == len(jobs)


@pytest.mark.in_turn("jax", "tensorflow")
@pytest.mark.slow
def test_compiled_programs_are_kept_for_later_runs(tmp_path, backend):
    if backend == "torch":
        pytest.skip("PyTorch compiles long runs only")
    names = {"jax": "jit_loop_over_train_steps-*-cache", "tensorflow": "xla_compile_cache*.pb"}
    arguments = ("experiment=linear", *QUICK, f"cache_dir={tmp_path / 'a cache'}", "batch_size=32")
    kept, losses = [], []
    for _ in range(2):
        result = train(*arguments, f"backend={backend}", f"output_dir={tmp_path}", cwd=tmp_path)
        assert result.returncode == 0, result.stderr
        assert not result.stderr
        programs = (tmp_path / "a cache").rglob(names[backend])
        kept.append({path.name: path.stat().st_mtime_ns for path in programs})
        folder = Path(result.stdout.splitlines()[-1].removeprefix("run: "))
        losses.append(rows(folder / "steps.csv"))
    assert len(kept[0]) == (1 if backend == "jax" else 2)  # TensorFlow's are of validation too
    assert kept[0] == kept[1]
    assert losses[0] == losses[1]
