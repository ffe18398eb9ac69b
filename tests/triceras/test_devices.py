"""One run on several devices."""

import json
import re
import subprocess
import sys
import types
from pathlib import Path

import numpy as np
import pytest

from triceras import devices
from triceras.checkpoints.checkpoint_files import read
from triceras.config import compose
from triceras.errors import UserError
from triceras.parity.settings import check as check_parity
from triceras.testing.crossing import losses


@pytest.mark.once
@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["devices=0"], "devices=0 is unknown: use a whole number of at least 1, or auto"),
        (["devices=all"], "devices=all is unknown"),
        (["devices=true"], "devices=True is unknown"),
        (["distribution=ddp"], "distribution=ddp is unknown: use one of data_parallel, none"),
        (["devices=2", "distribution=none"], "devices=2 with distribution=none"),
        (["devices=2", "backend=torch", "compile=false"], "devices=2 needs compile=true on torch"),
        (
            ["devices=2", "backend=tensorflow", "compile=false"],
            "devices=2 needs compile=true on tensorflow",
        ),
        (
            ["devices=2", "backend=tensorflow", "loop=fit"],
            "devices=2 needs loop=custom on tensorflow: with",
        ),
        (
            ["devices=2", "backend=torch", "random=native"],
            "devices=2 needs random=portable on torch",
        ),
        (
            ["devices=2", "backend=tensorflow", "random=native"],
            "devices=2 needs random=portable on tensorflow",
        ),
        (["devices=2", "backend=torch", "loop=fit"], "devices=2 needs loop=custom on torch: with"),
    ],
)
def test_what_is_not_possible_is_one_line(words, message):
    with pytest.raises(UserError, match=message):
        devices.check(compose(["experiment=linear", *words]))


@pytest.mark.slow
@pytest.mark.once
def test_one_device_is_possible_everywhere():
    for backend in ("jax", "tensorflow", "torch"):
        for loop in ("custom", "fit"):
            devices.check(compose(["experiment=linear", f"backend={backend}", f"loop={loop}"]))
    # As a run of before there were devices has it.
    old = compose(["experiment=linear", "~devices", "~distribution"])
    devices.check(old)
    with devices.spread(old) as count:
        assert count == 1


@pytest.mark.once
def test_a_run_that_several_processes_would_each_train_is_refused(monkeypatch):
    config = compose(["experiment=linear"])
    monkeypatch.setenv("WORLD_SIZE", "1")
    devices.check(config)
    monkeypatch.setenv("WORLD_SIZE", "4")
    with pytest.raises(UserError, match=r"WORLD_SIZE=4: .* would train the same run"):
        devices.check(config)


@pytest.mark.once
def test_a_command_that_takes_one_device_says_so():
    words = ["experiment=linear", "devices=2", "steps=3"]
    with pytest.raises(UserError, match=r"devices=2 has no effect in scripts/parity\.py"):
        check_parity(compose(words, "parity"), words)


@pytest.mark.once
@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["devices=4"], r"devices=4: there are 3 here \(gpu:0, gpu:1, gpu:2\): use devices=auto"),
        (["devices=auto", "batch_size=2"], "batch_size=2 cannot be shared .* 3 devices: .*=3"),
    ],
)
def test_what_the_machine_does_not_allow_is_one_line(monkeypatch, words, message):
    module = types.SimpleNamespace(found=lambda: ["gpu:0", "gpu:1", "gpu:2"])
    config = compose(["experiment=linear", "backend=jax", *words])
    monkeypatch.setitem(sys.modules, "triceras.engines.jax_devices", module)
    with pytest.raises(UserError, match=message), devices.spread(config):
        pass


@pytest.mark.once
def test_a_batch_that_cannot_be_shared_out_is_refused_before_there_is_a_folder():
    config = compose(["experiment=linear", "backend=jax", "devices=2", "batch_size=7"])
    with pytest.raises(UserError, match=r"batch_size=7 cannot be shared .* 2 devices: .*=6"):
        devices.check(config)


@pytest.mark.once
def test_flags_of_a_person_stay(monkeypatch):
    config = compose(["experiment=linear", "backend=jax", "devices=3"])
    monkeypatch.setenv(devices.FLAGS, "--xla_cpu_enable_fast_math=false")
    devices.prepare(config)
    first, second, *_ = devices.os.environ[devices.FLAGS].split()
    assert (first, second) == ("--xla_cpu_enable_fast_math=false", f"{devices.VIRTUAL}=3")
    monkeypatch.setenv(devices.FLAGS, f"{devices.VIRTUAL}=8")
    devices.prepare(config)
    assert devices.os.environ[devices.FLAGS] == f"{devices.VIRTUAL}=8"


def trained(backend, *runs):
    """The folders of runs that one process trained, and how many devices each took."""
    result = subprocess.run(
        [sys.executable, "-m", "triceras.testing.device_curves", backend, "2"],
        input="".join(json.dumps(list(words)) + "\n" for words in runs),
        capture_output=True,
        text=True,
        timeout=280,
    )
    found = re.findall(r"^(\d+) devices: (.+)$", result.stdout, re.MULTILINE)
    assert len(found) == len(runs), result.stderr
    return [Path(folder) for _, folder in found], [int(count) for count, _ in found]


def metrics(folder):
    return json.loads((folder / "summary.json").read_text())["metrics"]


@pytest.mark.slow
def test_several_devices_give_the_curve_of_one_and_go_on_on_each_other(backend, tmp_path):
    # Noise, moments of a batch and convolutions; evaluated in batches that cannot be shared out.
    start = [f"backend={backend}", "logger=csv", "figures=none", "batch_size=16", "epochs=null"]
    start += ["experiment=convolutional", "optimizer=adam", "data.binarize=fresh"]
    start += ["evaluation_batch_size=25"]
    runs = [
        [*start, f"output_dir={tmp_path}/0", "max_steps=6"],
        [*start, f"output_dir={tmp_path}/1", "max_steps=1", "loop.device_data_mb=0"],
        ["resume={1}", "max_steps=5", "devices=2"],
        ["resume={1}", "max_steps=6", "devices=1"],
    ]
    if devices.FIT in devices.LOOPS[backend]:
        runs += [[*start, f"output_dir={tmp_path}/2", "max_steps=6", "devices=2", "loop=fit"]]
    folders, counts = trained(backend, *runs)
    assert counts == [1, 1, 2, 1, 2][: len(runs)]
    one = folders[0]
    weights = read(one / "checkpoints" / "last.npz").arrays
    for other in folders[3:]:
        np.testing.assert_allclose(losses(other), losses(one), rtol=1e-5)
        for name, value in metrics(one).items():
            assert metrics(other)[name] == pytest.approx(value, rel=1e-4), name
        others = read(other / "checkpoints" / "last.npz").arrays
        for name in weights:
            np.testing.assert_allclose(
                others[name], weights[name], rtol=1e-3, atol=1e-5, err_msg=name
            )
