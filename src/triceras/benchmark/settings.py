"""Checks a benchmark's settings before anything slow happens."""

from omegaconf import DictConfig

from triceras import devices, settings
from triceras.errors import UserError
from triceras.sweeps.job import in_sweep

LEAST = ("rounds", "prepared_steps", "planned_steps", "check_steps", "scale_steps")


def check(config: DictConfig) -> None:
    """Checks the settings.

    Raises:
        UserError: one is not allowed.
    """
    if in_sweep():
        raise UserError("-m is not for benchmarks, whose parts must alternate: leave it out")
    settings.check(config)
    devices.refuse(config, "scripts/benchmark.py")
    for name in LEAST:
        settings.check_whole(f"benchmark.{name}", config.benchmark[name])
    seconds = config.benchmark.seconds_per_round
    if not isinstance(seconds, int | float) or not seconds > 0:
        raise UserError(f"benchmark.seconds_per_round={seconds} is not above 0: give seconds")
