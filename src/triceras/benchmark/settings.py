"""Checks a benchmark's settings before anything slow happens."""

from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig

from triceras import settings
from triceras.errors import UserError

LEAST = ("rounds", "prepared_steps", "planned_steps", "check_steps", "scale_steps")


def check(config: DictConfig) -> None:
    """Checks the settings.

    Raises:
        UserError: one is not allowed.
    """
    if HydraConfig.get().mode == RunMode.MULTIRUN:
        raise UserError("-m is not for benchmarks, whose parts must alternate: leave it out")
    settings.check(config)
    for name in LEAST:
        value = config.benchmark[name]
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise UserError(f"benchmark.{name}={value} is no whole number of at least 1: give one")
    seconds = config.benchmark.seconds_per_round
    if not isinstance(seconds, int | float) or not seconds > 0:
        raise UserError(f"benchmark.seconds_per_round={seconds} is not above 0: give seconds")
