"""One job of a sweep: a process of its own, as a backend can be chosen only once a process.

It works under every launcher, those included that run several jobs in one process.
"""

import contextlib
import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig

from triceras.config import ROOT
from triceras.runs.folder import write_json
from triceras.runs.monitor import monitored
from triceras.runs.stop import INTERRUPTED_AND_SAVED, Interrupted
from triceras.sweeps.forward import forwarding
from triceras.sweeps.handing import VARIABLE, to_hand_over
from triceras.tracking.redaction import redacted_arguments

RECORD = "job.json"
STATUS = {0: "finished", INTERRUPTED_AND_SAVED: "interrupted"}


def in_sweep() -> bool:
    """Whether this is a job of a sweep (`-m`), not a single run."""
    return HydraConfig.get().mode == RunMode.MULTIRUN


def run_job(config: DictConfig) -> float:
    """Runs a job's script in a fresh process, and writes `job.json` into the job's folder.

    The process is given the configuration as it was composed here; the words of the command line
    are there to be read and recorded.

    Args:
        config: the job's configuration.

    Returns:
        The value of `config.monitor`, for sweepers that optimise; NaN where the job failed, which
        never stops the other jobs.

    Raises:
        Interrupted: a signal came, which the job was told of; the sweep ends with it.
    """
    hydra_config = HydraConfig.get()
    folder = Path(hydra_config.runtime.output_dir)
    overrides = list(hydra_config.overrides.task)
    name = hydra_config.job.name
    sweep = {"sweep_id": folder.parent.name}
    words = [*overrides, *(f"{key}={value}" for key, value in sweep.items())]
    command = [sys.executable, str(ROOT / "scripts" / f"{name}.py"), *words]
    record: dict[str, Any] = {
        "job": hydra_config.job.num,
        "overrides": redacted_arguments(overrides),
    }
    write_json(folder / RECORD, record | {"status": "running"})
    started = time.perf_counter()
    exit_code, lines, signals = run_and_echo(
        command, folder / "job.log", config.signals, to_hand_over(config, **sweep)
    )
    run_folder = last_line(lines, "run: ")
    metrics = metrics_of(run_folder)
    monitor = monitored(metrics, config.monitor)
    record |= {
        "status": STATUS.get(exit_code, "failed"),
        "exit_code": exit_code,
        "seconds": round(time.perf_counter() - started, 1),
        "run_folder": run_folder,
        "error": last_line(lines, "error: "),
        "monitor": monitor,
        "value": metrics[monitor] if monitor else None,
    }
    write_json(folder / RECORD, record)
    if signals:
        interrupted = Interrupted(signals[0])
        if run_folder:
            interrupted.add_note(run_folder)
        raise interrupted
    return float(metrics[monitor]) if monitor else float("nan")


def run_and_echo(
    command: list[str], log: Path, signals: Sequence[str] = (), handed: bytes | None = None
) -> tuple[int, list[str], list[str]]:
    """Runs a command, shows its output as it comes and keeps it in a file.

    Args:
        command: the command.
        log: the file.
        signals: names of those that are handed on to it.
        handed: what it is to read from its standard input; see `triceras.sweeps.handing`.

    Returns:
        The exit code, the lines of the output, and the names of the signals that came.
    """
    # The variable is set for this process alone; see `triceras.commands.command`.
    environment = {k: v for k, v in os.environ.items() if k != "HYDRA_FULL_ERROR"}
    environment |= {"PYTHONUNBUFFERED": "1"} | ({} if handed is None else {VARIABLE: "1"})
    lines = []
    with (
        subprocess.Popen(
            command,
            stdin=None if handed is None else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=environment,
        ) as process,
        open(log, "w") as file,
        forwarding(process, signals) as came,
    ):
        assert process.stdout is not None
        if process.stdin is not None:
            # One that ended before it read says why.
            with contextlib.suppress(BrokenPipeError), process.stdin:
                process.stdin.write(handed or b"")
        for line in io.TextIOWrapper(process.stdout, errors="replace"):
            print(line, end="", flush=True)
            file.write(line)
            lines.append(line.rstrip())
    return process.returncode, lines, came


def last_line(lines: list[str], start: str) -> str | None:
    """What follows `start` in the last line that begins with it."""
    return next((line[len(start) :] for line in reversed(lines) if line.startswith(start)), None)


def metrics_of(run_folder: str | None) -> dict[str, float]:
    """The metrics of a run's summary; none where it has not got that far."""
    if run_folder is None:
        return {}
    try:
        return json.loads((Path(run_folder) / "summary.json").read_text())["metrics"]
    except (OSError, ValueError, KeyError):
        return {}
