"""Checks a benchmark's settings before anything slow happens."""

from omegaconf import DictConfig, ListConfig

from triceras import devices, settings
from triceras.errors import UserError
from triceras.sweeps.job import in_sweep

LEAST = ("rounds", "prepared_steps", "planned_steps", "check_steps", "scale_steps")
# What a whole run may be compared with: kinds of native code, and `fit`.
AGAINST = {"expert": "expert's", "people": "people's", "fit": "fit"}


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
    steps = config.benchmark.whole_steps
    if not isinstance(steps, ListConfig) or not steps:
        raise UserError(
            f"benchmark.whole_steps={steps} is no list of numbers of steps: give one, for example "
            "benchmark.whole_steps=[100,1000]"
        )
    for number in steps:
        settings.check_whole("benchmark.whole_steps", number)
    against = config.benchmark.whole_against
    if not isinstance(against, ListConfig) or not against or not set(against) <= set(AGAINST):
        raise UserError(
            f"benchmark.whole_against={against} is no list of some of {', '.join(AGAINST)}: give "
            "one, for example benchmark.whole_against=[people,fit]"
        )
    if config.benchmark.scale and config.benchmark.whole:
        raise UserError(
            "benchmark.scale=true and benchmark.whole=true are two benchmarks: give one of them"
        )
    seconds = config.benchmark.seconds_per_round
    if not isinstance(seconds, int | float) or not seconds > 0:
        raise UserError(f"benchmark.seconds_per_round={seconds} is not above 0: give seconds")
