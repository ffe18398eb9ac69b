"""Which steps a tracker keeps, and how long it may take over it."""

from collections.abc import Mapping
from threading import TIMEOUT_MAX
from typing import Any

import numpy as np

from triceras.errors import UserError


def check_log_every(name: str, log_every: Any) -> None:
    """Checks how many steps lie between two that are kept.

    Args:
        name: the setting's name in the configuration.
        log_every: its value.

    Raises:
        UserError: it is not a whole number of at least 1.
    """
    if isinstance(log_every, bool) or not isinstance(log_every, int) or log_every < 1:
        raise UserError(f"{name}={log_every} is not a whole number of at least 1")


def check_seconds(name: str, seconds: Any) -> None:
    """Checks how long something may take.

    Args:
        name: the setting's name in the configuration.
        seconds: its value.

    Raises:
        UserError: it is not a number above 0, or too large to wait for.
    """
    number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
    if not number or not 0 < seconds <= TIMEOUT_MAX:
        raise UserError(f"{name}={seconds} is not a number of seconds above 0")


def kept_steps(
    first_step: int, values: Mapping[str, np.ndarray], log_every: int
) -> dict[str, np.ndarray]:
    """Picks the steps whose number `log_every` divides.

    Args:
        first_step: number of the first step.
        values: arrays `(steps,)`.
        log_every: at least 1.

    Returns:
        Arrays `(kept steps,)`: `step`, the numbers of the steps, then those of `values`.
    """
    kept = slice(-first_step % log_every, None, log_every)
    steps = first_step + np.arange(len(next(iter(values.values()))))
    return {name: value[kept] for name, value in {"step": steps, **values}.items()}
