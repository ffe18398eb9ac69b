"""Short runs in this process, and what they wrote."""

import csv
import json
from pathlib import Path

from triceras.commands.train import Outcome, train
from triceras.config import compose


def run(folder: Path, backend: str, *overrides: str) -> Outcome:
    """Trains without figures and without a tracker.

    Args:
        folder: where its run folder goes.
        backend: that of this process.
        *overrides: what to train, and how long.
    """
    short = ["logger=csv", "figures=none", f"output_dir={folder}"]
    return train(compose([*short, f"backend={backend}", *overrides]))


def rows(path: Path) -> list[dict[str, str]]:
    """The lines of a CSV file."""
    with open(path) as file:
        return list(csv.DictReader(file))


def column(outcome: Outcome, name: str = "loss") -> list[float]:
    """A column of `steps.csv`."""
    return [float(row[name]) for row in rows(outcome.folder / "steps.csv")]


def read_json(outcome: Outcome, name: str) -> dict:
    """A file of the run folder."""
    return json.loads((outcome.folder / name).read_text())
