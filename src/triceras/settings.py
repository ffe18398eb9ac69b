"""Checks the numbers that a person types, before anything slow happens."""

from typing import Any

from omegaconf import DictConfig, OmegaConf

from triceras.errors import UserError

LEAST = {"seed": 0, "batch_size": 1, "evaluation_batch_size": 1, "epochs": 1, "max_steps": 1}
OPTIONAL = {"epochs", "max_steps"}
LOOPS = ("custom", "fit", "fit_custom_step")


def check(config: DictConfig) -> None:
    """Checks the top-level settings of a training run.

    Raises:
        UserError: a number is not one or is too small, or nothing says when to stop.
    """
    for name, least in LEAST.items():
        value = config.get(name)
        if value is None and name in OPTIONAL:
            continue
        whole = isinstance(value, int) and not isinstance(value, bool)
        if not whole or value < least:
            raise UserError(f"{name}={value} is not a whole number of at least {least}")
    if config.get("epochs") is None and config.get("max_steps") is None:
        raise UserError("nothing says when to stop: set epochs=<int> or max_steps=<int>")
    missing = OmegaConf.missing_keys(config)
    if missing:
        raise UserError(f"no value for {', '.join(sorted(missing))}: set it on the command line")


def plain(config: DictConfig) -> dict[str, Any]:
    """The configuration as a dictionary, with all references resolved."""
    return OmegaConf.to_container(config, resolve=True)  # pyright: ignore[reportReturnType]
