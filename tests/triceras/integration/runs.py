"""Short runs for the tests: real experiments on scikit-learn's digits."""

import csv
import json
from pathlib import Path

from triceras.commands.train import Outcome, train
from triceras.config import FOLDER, compose

EXPERIMENTS = sorted(
    str(path.relative_to(FOLDER / "experiment").with_suffix(""))
    for path in (FOLDER / "experiment").rglob("*.yaml")
)
LOOPS = sorted(path.stem for path in (FOLDER / "loop").glob("*.yaml"))


def run(folder: Path, backend: str, *overrides: str) -> Outcome:
    """Trains for a few steps, in this process."""
    short = ["data=digits", "logger=csv", "figures=none", f"output_dir={folder}"]
    return train(compose([*short, f"backend={backend}", *overrides]))


def rows(path: Path) -> list[dict[str, str]]:
    with open(path) as file:
        return list(csv.DictReader(file))


def column(outcome: Outcome, name: str = "loss") -> list[float]:
    """A column of `steps.csv`."""
    return [float(row[name]) for row in rows(outcome.folder / "steps.csv")]


def read_json(outcome: Outcome, name: str) -> dict:
    return json.loads((outcome.folder / name).read_text())
