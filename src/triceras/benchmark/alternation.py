"""Runs contenders in turn, so that what the machine does meanwhile meets all of them alike."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from triceras.config import ROOT
from triceras.errors import UserError


class Worker:
    """A process of `triceras.benchmark.worker`.

    Args:
        spec: what it is to do.
        environment: its variables.
        log: the file that what it prints is added to.
    """

    def __init__(self, spec: Mapping[str, Any], environment: Mapping[str, str], log: Path):
        self.spec = spec
        self.log = log
        self.started = time.time()
        with open(log, "a") as file:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "triceras.benchmark.worker", json.dumps(spec)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=file,
                text=True,
                env={**environment, "PYTHONPATH": python_path(environment)},
            )

    def answer(self) -> dict[str, Any]:
        """Waits for its next answer.

        Raises:
            UserError: it ended without one.
        """
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            self.process.wait()
            lines = [line for line in self.log.read_text().splitlines() if line.strip()]
            name = self.spec.get("form") or self.spec["role"]
            raise UserError(
                f"{name} failed: {lines[-1] if lines else 'it said nothing'}; all of its output "
                f"is in {self.log}"
            )
        return json.loads(line)

    def take(self, steps: int) -> dict[str, Any]:
        """Has it take steps; returns its answer."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"steps": steps}) + "\n")
        self.process.stdin.flush()
        return self.answer()

    def stop(self) -> None:
        """Ends it."""
        self.process.kill()
        self.process.communicate()


def python_path(environment: Mapping[str, str]) -> str:
    """Where a worker finds this package and the hand-written code."""
    before = environment.get("PYTHONPATH")
    return os.pathsep.join([str(ROOT / "src"), str(ROOT), *([before] if before else [])])


def ask(spec: Mapping[str, Any], environment: Mapping[str, str], log: Path) -> dict[str, Any]:
    """The one answer of a process."""
    worker = Worker(spec, environment, log)
    try:
        return worker.answer()
    finally:
        worker.stop()


def steps_in(seconds: float, call_seconds: float, steps_per_call: int) -> int:
    """How many steps, in whole calls, take about so long; at least one call."""
    return max(1, round(seconds / call_seconds)) * steps_per_call


def order(names: Sequence[str], turn: int) -> list[str]:
    """Who comes when in a round: forwards and backwards in turn, each time another one first."""
    shift = turn // 2 % len(names)
    turned = [*names[shift:], *names[:shift]]
    return turned if turn % 2 == 0 else turned[::-1]


def alternate(workers: Mapping[str, Any], steps: Mapping[str, int], rounds: int) -> dict[str, Any]:
    """Has each contender take its steps once in every round.

    Args:
        workers: by name; each has a method `take`.
        steps: how many steps each takes in a round.
        rounds: number of rounds.

    Returns:
        By name, `ms`, a list of milliseconds a step, one for each round, and `peak_memory_mb`.
    """
    results: dict[str, Any] = {name: {"ms": []} for name in workers}
    for turn in range(rounds):
        for name in order(list(workers), turn):
            answer = workers[name].take(steps[name])
            results[name]["ms"].append(1000 * answer["seconds"] / steps[name])
            results[name]["peak_memory_mb"] = answer["peak_memory_mb"]
    return results
