"""Spares a command Hydra's second composition of one and the same configuration."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from hydra._internal.hydra import Hydra
from hydra.types import RunMode
from omegaconf import DictConfig

from triceras.patching import patched

# What Hydra adds to the words of the command line where nothing says otherwise.
RUN = "hydra.mode=RUN"


@contextmanager
def composing_once() -> Iterator[None]:
    """Has Hydra keep what it composes to learn `hydra.mode`, and run with that.

    Hydra composes a configuration to read in it whether there is to be one job or several, throws
    it away and composes it again, which is a tenth to a fifth of a second of each run. What differs
    in the second one is the mode itself. Where there are several jobs, or where the configuration
    cannot be composed for one, all is as Hydra does it.
    """
    read_mode, compose = Hydra.get_mode, Hydra.compose_config
    kept: dict[tuple[Any, ...], DictConfig] = {}

    def get_mode(self: Hydra, config_name: str | None, overrides: list[str]) -> Any:
        try:
            config = compose(self, config_name, overrides, RunMode.RUN)
        except Exception:  # Hydra tells it when it composes for the job
            return read_mode(self, config_name, overrides)
        if config.hydra.mode is None:
            kept[key(config_name, [*overrides, RUN])] = config
        return config.hydra.mode

    def compose_config(
        self: Hydra,
        config_name: str | None,
        overrides: list[str],
        run_mode: RunMode,
        with_log_configuration: bool = False,
        **options: Any,
    ) -> DictConfig:
        config = kept.pop(key(config_name, overrides), None)
        if config is None or run_mode != RunMode.RUN:
            return compose(
                self, config_name, overrides, run_mode, with_log_configuration, **options
            )
        config.hydra.mode = RunMode.RUN
        config.hydra.overrides.hydra.append(RUN)
        with patched(self.config_loader, "load_configuration", lambda *_, **__: config):
            return compose(
                self, config_name, overrides, run_mode, with_log_configuration, **options
            )

    with (
        patched(Hydra, "get_mode", get_mode),
        patched(Hydra, "compose_config", compose_config),
    ):
        yield


def key(config_name: str | None, overrides: Sequence[str]) -> tuple[Any, ...]:
    """By what a composed configuration is found again."""
    return (config_name, *overrides)
