"""Makes the loop that a configuration names."""

from typing import Any

from omegaconf import DictConfig, OmegaConf

from triceras.config import build
from triceras.loops.job import Job


def build_loop(config: DictConfig, job: Job) -> Any:
    """Makes a loop.

    Args:
        config: a file of `conf/loop/`; its `name` is for people.
        job: what to train.

    Returns:
        What has `train() -> History` and `evaluate(split) -> dict`.
    """
    arguments = [str(key) for key in config if key != "name"]
    chosen: Any = OmegaConf.masked_copy(config, arguments)
    if chosen.get("engine"):
        # The loop knows what an engine is made of.
        chosen = OmegaConf.merge(chosen, {"engine": {"_partial_": True}})
    return build("loop", chosen, job=job)
