"""Whether checkpoints can be written as often as a configuration says."""

from typing import Any

from triceras.errors import UserError


def check_settings(
    monitor: Any, mode: str, every_minutes: Any, every_steps: Any, every_epochs: Any, keep: Any
) -> None:
    """Checks the settings of `triceras.checkpoints.checkpoints.Checkpoints`, whose names these are.

    Raises:
        UserError: no name of a metric, no such mode, or a number is not above 0.
    """
    if mode not in ("min", "max"):
        raise UserError(f"callback.checkpoints.mode={mode} is unknown: use min or max")
    if not isinstance(monitor, str):
        raise UserError(f"callback.checkpoints.monitor={monitor} is no name of a metric")
    limits = {"every_steps": every_steps, "every_epochs": every_epochs, "keep": keep}
    for name, value in {"every_minutes": every_minutes, **limits}.items():
        kinds = int if name in limits else int | float
        right = isinstance(value, kinds) and not isinstance(value, bool) and value > 0
        if not right and (value is not None or name == "keep"):
            raise UserError(f"callback.checkpoints.{name}={value} is not a number above 0")
