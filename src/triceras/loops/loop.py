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
    return build("loop", OmegaConf.masked_copy(config, arguments), job=job)
