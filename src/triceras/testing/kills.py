"""Kills a run at random moments, resumes it each time, and compares it with one left in peace."""

import contextlib
import dataclasses
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from triceras.checkpoints.state_file import read_state
from triceras.config import ROOT
from triceras.runs.step_files import number

TRAIN = ROOT / "scripts" / "train.py"
FILES = ("steps.csv", "epochs.csv")
# Seconds between a number of steps and a kill: about what a few steps and a checkpoint take.
LONGEST_DELAY = 0.03
# Every so many kills one waits for a checkpoint that is being written, so many seconds at the most.
AIMED, PATIENCE = 5, 10
# The part of a run after which nobody kills it, so that it is not over before.
LATEST = 0.7


@dataclasses.dataclass
class Comparison:
    """A run that was killed beside one that was not.

    Args:
        kills: how often it was killed while it trained.
        during_save: how many of the kills left a half-written checkpoint behind.
        lost: resumptions that failed, and the last lines of what they said.
        differences: names of files and variables that differ; empty where the runs are the same.
    """

    kills: int
    during_save: int
    lost: list[str]
    differences: list[str]

    @property
    def good(self) -> bool:
        """Whether nothing was lost and nothing differs."""
        return not self.lost and not self.differences


def command(*overrides: str) -> list[str]:
    """The command that trains."""
    return [sys.executable, str(TRAIN), "logger=csv", "figures=none", *overrides]


def environment() -> dict[str, str]:
    """That of this process without a backend of its own."""
    return {k: v for k, v in os.environ.items() if k != "KERAS_BACKEND"}


def finish(*overrides: str) -> Path:
    """Trains to the end in a process of its own; returns the run folder.

    Raises:
        RuntimeError: the run failed; the message is the end of what it said.
    """
    result = subprocess.run(
        command(*overrides), capture_output=True, text=True, env=environment(), timeout=3600
    )
    lines = result.stdout.splitlines()
    if result.returncode or not lines:
        raise RuntimeError(result.stderr[-2000:] or f"exit code {result.returncode}")
    return Path(lines[-1].removeprefix("run: "))


def compare_killed(
    overrides: Sequence[str],
    folder: Path,
    kills: int,
    seed: int = 0,
    report: Callable[[str], object] = lambda line: None,
    whole: Path | None = None,
) -> Comparison:
    """Trains once in peace and once killed `kills` times.

    Each kill comes a random moment, up to `LONGEST_DELAY`, after the run has logged a random number
    of steps, and always after the process has taken up its training; every `AIMED`th as soon as the
    next checkpoint is begun.

    Args:
        overrides: what to train.
        folder: where the run folders go.
        kills: how often to send SIGKILL.
        seed: of the moments.
        report: told of each kill.
        whole: the folder of the run in peace; `None` trains it first.
    """
    generator = random.Random(seed)
    whole = whole or finish(*overrides, f"output_dir={folder / 'whole'}")
    steps = json.loads((whole / "summary.json").read_text())["steps"]
    points = sorted(generator.uniform(0, LATEST * steps) for _ in range(kills))
    root = folder / "killed"
    comparison = Comparison(0, 0, [], [])
    killed: Path | None = None
    while comparison.kills < kills:
        arguments = [f"resume={killed}"] if killed else [*overrides, f"output_dir={root}"]
        process = subprocess.Popen(
            command(*arguments) if killed is None else [sys.executable, str(TRAIN), *arguments],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(),
        )
        assert process.stderr is not None
        before = half_written(root)
        if wait_for_training(process, root):
            while process.poll() is None and logged(root) < points[comparison.kills]:
                time.sleep(0.002)
            if (comparison.kills + 1) % AIMED == 0:
                wait_for_save(process, root, before)
            else:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(generator.uniform(0, LONGEST_DELAY))
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
            comparison.kills += 1
        elif process.returncode:
            comparison.lost.append(process.stderr.read()[-500:])
            break
        else:
            break
        (record,) = root.rglob("run.json")
        killed = record.parent
        comparison.during_save += bool(half_written(root) - before)
        report(f"kill {comparison.kills} of {kills}: {progress(killed)}")
    if killed and not comparison.lost:
        try:
            finish_killed(killed)
        except RuntimeError as error:
            comparison.lost.append(str(error))
    if killed:
        comparison.differences = differing(whole, killed)
    return comparison


def forget_after(folder: Path, step: int) -> None:
    """Deletes the checkpoints of later steps, so that a run goes on from this one.

    Args:
        folder: of a run that is over.
        step: after which there is a checkpoint.
    """
    for path in (folder / "checkpoints").iterdir():
        if number(path) > step or path.stem == "last":
            path.unlink()


def finish_killed(folder: Path) -> None:
    """Goes on with a run to its end.

    Raises:
        RuntimeError: it failed.
    """
    result = subprocess.run(
        [sys.executable, str(TRAIN), f"resume={folder}"],
        capture_output=True,
        text=True,
        env=environment(),
        timeout=3600,
    )
    if result.returncode:
        raise RuntimeError(result.stderr[-2000:])


def wait_for_training(process: subprocess.Popen, root: Path, patience: float = 300) -> bool:
    """Waits until the process has added to `steps.csv`; returns whether it still runs."""
    started = time.time()
    before = None
    while process.poll() is None and time.time() - started < patience:
        size = sum(path.stat().st_size for path in root.rglob("steps.csv"))
        # A resumed run first cuts the file back.
        if before is not None and size > before:
            return True
        before = size
        time.sleep(0.005)
    return False


def wait_for_save(process: subprocess.Popen, root: Path, before: set[Path]) -> None:
    """Waits until the process is writing a checkpoint, which is none of those from before."""
    started = time.time()
    while process.poll() is None and time.time() - started < PATIENCE:
        if half_written(root) - before:
            return


def half_written(root: Path) -> set[Path]:
    """The checkpoints that are being written, or were when a process was killed."""
    return set(root.rglob("checkpoints/.*"))


def progress(folder: Path) -> str:
    """How far a killed run had come, in words."""
    newest = max((path.stem for path in (folder / "checkpoints").glob("step-*.npz")), default="-")
    return f"{logged(folder)} steps logged, newest checkpoint {newest}"


def logged(root: Path) -> int:
    """The number of steps in the `steps.csv` at or below a folder."""
    return max(0, sum(path.read_bytes().count(b"\n") for path in root.rglob("steps.csv")) - 1)


def differing(whole: Path, other: Path) -> list[str]:
    """What differs between two finished runs: files by their bytes, variables by their bits."""
    found = [n for n in FILES if (whole / n).read_bytes() != (other / n).read_bytes()]
    before, after = (read_state(f / "checkpoints" / "last.npz")[0] for f in (whole, other))
    # Python's and NumPy's generators serve whoever draws from them, libraries among them.
    names = {name for name in before.keys() | after.keys() if not name.startswith("random/")}
    for name in sorted(names):
        if name not in before or name not in after:
            found.append(name)
        elif before[name].tobytes() != after[name].tobytes():
            found.append(f"{name} by {np.abs(before[name] - after[name]).max()}")
    return found
