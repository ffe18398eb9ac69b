"""Over how many steps a learning rate falls, where a run is resumed with another length."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from triceras.modelling.build import build_optimizer
from triceras.runs import record

log = logging.getLogger(__name__)

STRETCH, KEEP = "stretch", "keep"
FIELD = "schedule_steps"


def schedule_steps(config: DictConfig, folder: Path, total: int, step: int) -> int:
    """The steps over which a learning rate falls that does not say itself.

    They are noted in `run.json`. Where they were others before, one line says what comes of it.

    Args:
        config: of the run, `schedule` and `optimizer`.
        folder: the run folder.
        total: the steps of the run.
        step: how many of them were taken before; 0 for a new run.
    """
    run = record.read(folder)
    before = run.get(FIELD, run.get("planned_steps")) if step else None
    steps = before if before and config.get("schedule", STRETCH) == KEEP else total
    record.update(folder, {FIELD: steps})
    if before and before != total:
        for name, optimizer in falling(config.optimizer):
            kept, stretched = (rate_at(name, optimizer, n, step) for n in (before, total))
            now = (
                f"it is kept, at {kept:.3g} now"
                if steps == before
                else f"it is {stretched:.3g} now"
            )
            other = (
                f"schedule={STRETCH} lets it fall over {total} ({stretched:.3g} now)"
                if steps == before
                else f"schedule={KEEP} keeps the old length ({kept:.3g} now)"
            )
            log.warning(
                f"{name}.learning_rate fell over {before} steps, and the run now has {total}: "
                f"{now}; {other}"
            )
    return steps


def falling(config: DictConfig, name: str = "optimizer") -> Iterator[tuple[str, DictConfig]]:
    """The names and configurations of the optimizers whose learning rate falls over the run."""
    if "_target_" not in config:
        for key in config:
            yield from falling(config[key], f"{name}.{key}")
        return
    rate = config.get("learning_rate")
    if isinstance(rate, DictConfig) and rate.get("decay_steps", 0) is None:
        yield name, config


def rate_at(name: str, config: DictConfig, steps: int, step: int) -> float:
    """The learning rate after a step, where it falls over so many steps."""
    optimizer: Any = build_optimizer(name, config, steps)
    # Keras has no other public way to a schedule.
    return float(optimizer._learning_rate(step))
