"""`summary.json`, and the table that a run ends with."""

import json
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
from omegaconf import DictConfig
from rich.console import Console
from rich.table import Table

from triceras.loops.recorder import Recorder
from triceras.runs.memory import peak_memory_mb
from triceras.runs.stopwatch import Stopwatch

log = logging.getLogger(__name__)

# What of a summary is not of what the run reached.
COSTS = ("seconds", "steps_per_second", "peak_memory_mb")


def summarize(
    config: DictConfig,
    model: keras.Model,
    recorder: Recorder,
    metrics: dict[str, float],
    stopwatch: Stopwatch,
) -> dict[str, Any]:
    """What a finished run reached, and what it took.

    Returns:
        The content of `summary.json`; `seconds.train` is the whole loop, with validation, figures
        and checkpoints, less `seconds.compile`.
    """
    compile_seconds = recorder.compile_seconds
    seconds = {
        "startup": stopwatch.seconds["startup"],
        "build": stopwatch.seconds["build"],
        "compile": compile_seconds,
        "train": stopwatch.seconds["train"] - (compile_seconds or 0.0),
        "total": stopwatch.total,
    }
    speed = recorder.steps_per_second
    return {
        "experiment": config.experiment,
        "backend": config.backend.name,
        "loop": config.loop.name,
        "seed": config.seed,
        "status": "finished",
        "steps": recorder.step,
        "epochs": len(model.history.epoch),
        "parameters": model.count_params(),
        "metrics": {name: float(value) for name, value in metrics.items()},
        "seconds": {k: None if v is None else round(v, 3) for k, v in seconds.items()},
        "steps_per_second": None if speed is None else round(speed, 2),
        "peak_memory_mb": round(peak_memory_mb(), 1),
    }


def with_costs_of(folder: Path, summary: dict[str, Any]) -> dict[str, Any]:
    """A summary with what the run took when it took its steps, of a run that had all of them.

    Args:
        folder: of the run, where the summary from before is, if it wrote one.
        summary: of a run that was resumed and took no step.
    """
    try:
        before = json.loads((folder / "summary.json").read_text())
        return summary | {name: before[name] for name in COSTS}
    except (OSError, ValueError, KeyError, TypeError):
        return summary


def last_numbers(history: Mapping[str, Sequence[Any]]) -> dict[str, float]:
    """The last value of each metric of Keras's `History`, to which callbacks may add anything."""
    numbers: dict[str, float] = {}
    for name, values in history.items():
        try:
            numbers[name] = float(values[-1])
        except (TypeError, ValueError, IndexError):
            log.warning(
                f"the summary leaves out {name}, which a callback added and is no number: "
                f"{str(values[-1:])[:80]}"
            )
    return numbers


def print_summary(summary: dict[str, Any], folder: Path, figures: float = 0.0) -> None:
    """Prints a table of what a run reached and where its pictures are.

    Args:
        summary: as `summarize` gives it.
        folder: of the run.
        figures: how many of the seconds of training went into drawing.
    """
    print(f"{summary['experiment']} on {summary['backend']}, loop {summary['loop']}")
    table = Table()
    table.add_column("")
    table.add_column("value", justify="right")
    for name, value in summary["metrics"].items():
        table.add_row(name, f"{value:.5g}")
    table.add_section()
    table.add_row("parameters", f"{summary['parameters']:,}")
    table.add_row("steps", f"{summary['steps']:,}")
    table.add_row("epochs", str(summary["epochs"]))
    for name in ("steps_per_second", "peak_memory_mb"):
        if summary[name] is not None:
            table.add_row(name.replace("_", " "), f"{summary[name]:,.0f}")
    for name, value in summary["seconds"].items():
        if value is not None:
            table.add_row(f"seconds: {name}", f"{value:.1f}")
        if name == "train" and round(figures, 1):
            table.add_row("  of these, figures", f"{figures:.1f}")
    Console().print(table)
    best = (folder / "checkpoints" / "best.npz").exists()
    if best and any(name.startswith("test_") for name in summary["metrics"]):
        # Who evaluates the run next may look for the same numbers.
        print("test_ is of the last weights; evaluate.py takes the best, or checkpoint=last")
    for picture in sorted((folder / "figures").glob("*.png")):
        if "-epoch" not in picture.stem:
            print(f"picture: {picture}")
