"""Times contenders in turn, each in a process of its own."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from triceras.benchmark.alternation import Worker, alternate, steps_in
from triceras.benchmark.session import Session, Spec
from triceras.benchmark.summary import startup, summarize


def measure(session: Session, specs: dict[str, Spec], caches: Path) -> dict[str, Any]:
    """Times contenders in turn; returns by name what is in `result.json` of each."""
    settings = session.config.benchmark
    with started(session, specs, caches) as running:
        steps = {
            name: steps_in(
                settings.seconds_per_round, ready["call_seconds"], specs[name]["steps_per_call"]
            )
            for name, (_, ready) in running.items()
        }
        workers = {name: worker for name, (worker, _) in running.items()}
        rounds = alternate(workers, steps, settings.rounds)
        return {
            name: {
                "kind": specs[name]["kind"],
                "steps_per_round": steps[name],
                **rounds[name],
                "summary": summarize(rounds[name]),
                "mean_loss": ready["mean_loss"],
                "seconds": startup(ready, worker.started, specs[name]["steps_per_call"]),
            }
            for name, (worker, ready) in running.items()
        }


@contextlib.contextmanager
def started(session: Session, specs: dict[str, Spec], caches: Path) -> Iterator[dict[str, Any]]:
    """Starts contenders one after another; yields each with its first answer, then ends them."""
    running: dict[str, tuple[Worker, dict[str, Any]]] = {}
    try:
        for name, spec in specs.items():
            worker = session.worker(spec, caches)
            running[name] = (worker, {})
            running[name] = (worker, worker.answer())
        yield running
    finally:
        for worker, _ in running.values():
            worker.stop()
