"""The command itself, as a person types it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from triceras.benchmark.alternation import ROOT

QUICK = (
    "data=digits",
    "batch_size=8",
    "benchmark.rounds=2",
    "benchmark.seconds_per_round=0.01",
    "benchmark.prepared_steps=4",
    "benchmark.check_steps=2",
    "benchmark.planned_steps=1",
    "benchmark.scale_steps=2",
)


def command(*arguments):
    return subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "benchmark.py"), *arguments],
        capture_output=True,
        text=True,
        timeout=280,
        env={k: v for k, v in os.environ.items() if k != "KERAS_BACKEND"},
    )


def folder_of(result):
    assert result.returncode == 0, result.stderr + result.stdout
    last = result.stdout.splitlines()[-1]
    assert last.startswith("benchmark: ")
    return Path(last.removeprefix("benchmark: "))


@pytest.mark.once
@pytest.mark.slow
def test_experiment_with_hand_written_code(tmp_path, backend):
    result = command(
        "experiment=autoencoder", f"backend={backend}", *QUICK, f"output_dir={tmp_path}"
    )
    folder = folder_of(result)
    assert folder.parent == tmp_path / "benchmark" / "guide" / "vae"
    record = json.loads((folder / "result.json").read_text())
    measured = record["backends"][backend]
    kinds = [each["kind"] for each in measured["contenders"].values()]
    assert kinds == ["ours", "expert's", "people's", "fit", "guide"]
    assert set(measured["ratios"]) == set(kinds[1:])
    assert len(measured["differences"]) == 2
    for each in measured["contenders"].values():
        assert len(each["ms"]) == 2
        assert each["mean_loss"] == pytest.approx(
            measured["contenders"]["ours"]["mean_loss"], rel=0.1
        )
        assert each["seconds"]["to_first_step"] > each["seconds"]["import"] > 0
        assert each["peak_memory_mb"] > 50
    assert (folder / "table.md").read_text().startswith("| `guide/vae`, ")
    assert (folder / "table.md").read_text().strip() in result.stdout
    assert (folder / "speed.png").stat().st_size > 0


@pytest.mark.slow
def test_experiment_without_hand_written_code(tmp_path, backend):
    result = command("experiment=linear", f"backend={backend}", *QUICK, f"output_dir={tmp_path}")
    folder = folder_of(result)
    assert f"{backend}: no hand-written code for guide/linear" in result.stdout
    measured = json.loads((folder / "result.json").read_text())["backends"][backend]
    assert list(measured["contenders"]) == ["ours", "fit", "guide"]


@pytest.mark.once
@pytest.mark.slow
def test_scale(tmp_path, backend):
    result = command(
        "experiment=autoencoder",
        f"backend={backend}",
        *QUICK,
        "benchmark.scale=true",
        "benchmark.batch_sizes=[8]",
        "benchmark.hidden_units=[64]",
        f"output_dir={tmp_path}",
    )
    folder = folder_of(result)
    points = json.loads((folder / "result.json").read_text())["backends"][backend]["points"]
    # What two lists have in common is measured once.
    assert [(p["batch_size"], p["hidden_units"]) for p in points] == [(8, 64)]
    assert (folder / "scale.png").stat().st_size > 0


@pytest.mark.once
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["experiment=nope"], "experiment=nope is unknown: use one of "),
        (["backend=theano"], "backend=theano is unknown: use one of "),
        (["benchmark.rounds=0"], "benchmark.rounds=0 is no whole number of at least 1"),
        (["benchmark.seconds_per_round=no"], "benchmark.seconds_per_round=no is not above 0"),
        (["-m", "seed=1,2"], "-m is not for benchmarks"),
        (["no_such_key=1"], "no_such_key is not in this configuration"),
    ],
)
def test_bad_input_gets_one_line_and_no_folder(tmp_path, arguments, message):
    result = command(*arguments, f"output_dir={tmp_path}")
    assert result.returncode == 1
    lines = result.stderr.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith(f"error: {message}")
    assert not list(tmp_path.rglob("result.json"))
