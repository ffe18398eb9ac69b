"""The names of the checkpoints that a run can go on from, `step-<steps>.npz`."""

import re
from pathlib import Path


def step_file(folder: Path, step: int) -> Path:
    """The file of the whole run after so many steps."""
    return folder / f"step-{step:09d}.npz"


def step_files(folder: Path) -> list[Path]:
    """All of these, the newest first."""
    return sorted((p for p in folder.glob("step-*.npz") if number(p) >= 0), key=number)[::-1]


def number(path: Path) -> int:
    """The number of steps in a file's name, or -1."""
    found = re.fullmatch(r"step-(\d+)\.npz", path.name)
    return int(found[1]) if found else -1
