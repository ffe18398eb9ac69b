"""Writes run folders as runs leave them, without training: for tests of what reads many."""

import functools
import json
import random
from collections.abc import Callable, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import yaml
from matplotlib.figure import Figure

from triceras.config import compose
from triceras.settings import plain
from triceras.tracking.redaction import without_secrets

METRICS = ("loss", "accuracy")

Reached = Callable[[Mapping[str, Any], int], float]


@functools.cache
def composed(*words: str) -> str:
    """A configuration of this project, as a run keeps it."""
    return json.dumps(without_secrets(plain(compose([*words, "logger=csv"]))))


def with_values(config: dict[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Sets values of a configuration by their dotted names."""
    for key, value in values.items():
        *parents, last = key.split(".")
        place = config
        for parent in parents:
            place = place.setdefault(parent, {})
        place[last] = value
    return config


def write_run(
    outputs: Path,
    settings: Mapping[str, Any],
    seed: int = 0,
    value: float = 1.0,
    status: str = "finished",
    epochs: int = 20,
    words: Sequence[str] = (),
    **record: Any,
) -> Path:
    """Writes the folder of a run.

    Args:
        outputs: the folder of all outputs.
        settings: of its configuration, by dotted names.
        seed: its seed.
        value: the loss on validation data that it reached.
        status: how it ended.
        epochs: how many lines `epochs.csv` has.
        words: of which its configuration is composed beside these.
        **record: of `run.json`, and `metrics`, others of `summary.json`.

    Returns:
        The folder.
    """
    judged = {"monitor": "val_loss", "monitor_mode": "min"}
    config = with_values(json.loads(composed(*words)), {**judged, **settings, "seed": seed})
    experiment, backend = config["experiment"], config["backend"]["name"]
    metrics = record.pop("metrics", {})
    drawn = random.Random(f"{settings}{seed}{value}{record}{outputs}").randbytes(4).hex()
    identity = f"20260101-000000-{drawn}"
    folder = outputs / experiment / f"{backend}-{config['loop']['name']}-seed{seed}" / identity
    folder.mkdir(parents=True)
    (folder / "config.yaml").write_text(yaml.dump(config, Dumper=yaml.CSafeDumper, sort_keys=False))
    run = {
        "id": identity,
        "started": "2026-01-01T00:00:00+00:00",
        "resumed_from": None,
        "status": status,
        "experiment": experiment,
        "backend": backend,
        "loop": config["loop"]["name"],
        "seed": seed,
        "data_sha256": "0" * 64,
        "argv": ["scripts/train.py", *(f"{k}={v}" for k, v in settings.items()), f"seed={seed}"],
        "git": {"commit": "1" * 40, "dirty": False},
        "versions": {"python": "3.11.7", "keras": "3.15.1", backend: "1.0"},
        "host": "one",
        "device": "cpu",
    }
    (folder / "run.json").write_text(json.dumps(run | record, indent=2))
    write_epochs(folder / "epochs.csv", value, epochs)
    if status == "finished":
        write_summary(folder, run, value, epochs, metrics)
    return folder


def write_epochs(path: Path, value: float, epochs: int) -> None:
    """Writes `epochs.csv`, in which the loss falls to a value."""
    names = [*METRICS, *(f"val_{name}" for name in METRICS)]
    lines = [",".join(["epoch", "step", *names])]
    for epoch in range(epochs):
        loss = value * (1 + 2 / (epoch + 1) - 2 / epochs)
        numbers = (epoch, 10 * (epoch + 1), 0.9 * loss, 1 / (1 + loss), loss, 0.9 / (1 + loss))
        lines.append(",".join(map(str, numbers)))
    path.write_text("\n".join(lines) + "\n")


def write_summary(
    folder: Path, run: Mapping[str, Any], value: float, epochs: int, metrics: Mapping[str, float]
) -> None:
    """Writes `summary.json`."""
    seconds = {"startup": 3.0, "build": 1.0, "compile": 2.5, "train": 10.0, "total": 17.0}
    reached = {"loss": 0.9 * value, "val_loss": value, "test_loss": 1.1 * value}
    summary = {
        **{name: run[name] for name in ("experiment", "backend", "loop", "seed", "status")},
        "steps": 10 * epochs,
        "epochs": epochs,
        "parameters": 1000,
        "metrics": reached | dict(metrics),
        "seconds": seconds,
        "steps_per_second": 200.0,
        "peak_memory_mb": 512.0,
    }
    (folder / "summary.json").write_text(json.dumps(summary, indent=2))


def write_job(sweep: Path, number: int, **job: Any) -> Path:
    """Writes what a sweep keeps of a job."""
    folder = sweep / str(number)
    folder.mkdir(parents=True)
    (folder / "job.json").write_text(json.dumps({"job": number, "overrides": []} | job))
    return folder


def write_grid(
    outputs: Path, grid: Mapping[str, Sequence[Any]], seeds: Sequence[int], reached: Reached
) -> list[Path]:
    """Writes a run for each seed of each combination of settings.

    Args:
        outputs: the folder of all outputs.
        grid: values by dotted names.
        seeds: of the runs.
        reached: what a run of some settings and a seed reached.
    """
    settings = [dict(zip(grid, values, strict=True)) for values in product(*grid.values())]
    return [write_run(outputs, one, seed, reached(one, seed)) for one in settings for seed in seeds]


def write_picture(folder: Path, name: str, colour: str) -> Path:
    """Writes a figure of a run."""
    path = folder / "figures" / f"{name}.png"
    path.parent.mkdir(exist_ok=True)
    Figure(figsize=(4, 3), dpi=150, facecolor=colour).savefig(path)
    return path
