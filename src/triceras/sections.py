"""Checks what a run's configuration is made of before anything slow happens."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import yaml
from omegaconf import DictConfig, ListConfig, OmegaConf

from triceras.config import PACKAGE, check_target, files
from triceras.environment import typed_keys
from triceras.errors import UserError
from triceras.nearest import nearest
from triceras.tracking import several
from triceras.words import pasted

# What run.yaml sets of a group, whatever is chosen of it.
START = {
    "model": (
        *("weights", "freeze", "learning_rates", "layer_metrics"),
        *("sample_weight", "class_weight"),
    ),
    "figures": ("format",),
}
GROUPS = ("backend", "data", "model", "optimizer", "loop", "callback", "logger", "figures")
# Sections of which nothing but these keys is ever read, and those of them that must be there.
KNOWN = {
    "model": (
        *("inputs", "targets", "network", "loss", "loss_weights", "metrics", "weighted_metrics"),
        *("evaluations", "adapt", *START["model"]),
    ),
    "figures": ("every", "draw", *START["figures"]),
    "backend": ("name", "environment"),
}
NEEDED = (
    *("backend.name", "loop.name", "model.targets", "model.network", "figures.every"),
    "figures.draw",
)
# What parity.py and the tests read of an experiment.
ALSO = ("steps", "tolerance", "tests", "benchmark")
# Sections of several things to build, each under a name that a person may give.
SEVERAL = ("model.evaluations", "figures.draw", "callback")
TEXTS = ("experiment", "output_dir", "cache_dir", "monitor")
OPTIONAL_TEXTS = ("project", "notes", "resume", "sweep_id")


def check(config: DictConfig) -> None:
    """Checks that all parts of a run's configuration are there, and of the right kind.

    Raises:
        UserError: one is not, or a key was typed that nothing reads.
    """
    settings = [key for key in settings_of_a_run() if key not in GROUPS]
    for key in settings:
        if key not in config or (key == "experiment" and config[key] is None):
            raise UserError(f"{key} is not set, and a run needs it: leave ~{key} out")
    for group in GROUPS:
        if group not in config or is_only_started(group, config[group]):
            choices = list(files(group))
            use = "none" if "none" in choices else " or ".join(choices)
            raise UserError(f"{group} is not set, and a run needs it: use {group}={use}")
        if not isinstance(config[group], DictConfig):
            raise UserError(
                f"{group} is no group of settings: use {group}= with one of "
                f"{', '.join(files(group))}"
            )
    # One that is missing may be one that is misspelt.
    check_that_all_is_read(config)
    for key in NEEDED:
        group, name = key.split(".")
        if name not in config[group]:
            raise UserError(f"{key} is not set, and a run needs it: set it, or leave ~{key} out")
    check_texts(config)
    check_kinds(config)


def is_only_started(group: str, section: Any) -> bool:
    """Whether a section is what `run.yaml` sets of a group even where none of it is chosen."""
    started = isinstance(section, DictConfig) and group in START
    return started and set(section) == {*START[group]}


def settings_of_a_run() -> list[str]:
    """The top-level keys that every run has."""
    written = yaml.safe_load((PACKAGE / "run.yaml").read_text())
    return [key for key in written if key not in ("defaults", "hydra")]


def check_texts(config: DictConfig) -> None:
    """Checks the settings that are texts."""
    for key in (*TEXTS, *OPTIONAL_TEXTS):
        if OmegaConf.is_missing(config, key):
            continue
        value = config[key]
        if isinstance(value, str) or (value is None and key in OPTIONAL_TEXTS):
            if value == "" and key in TEXTS:
                # An empty path is the folder in which one happens to be.
                raise UserError(f"{key} is empty: give one, or leave {key}= out")
            continue
        plain = value is not None and not OmegaConf.is_config(value)
        cure = f"write {pasted(key, str(value))}" if plain else "give one"
        raise UserError(f"{key}={shown(value)} is no text: {cure}")


def check_kinds(config: DictConfig) -> None:
    """Checks that what is built says what it is, and what holds several of them holds them."""
    for key in ("data", "loop", "model.network"):
        check_target(key, OmegaConf.select(config, key))
    several.check_section(config.logger)
    check_losses(config.model.get("loss"))
    for key in ("metrics", "weighted_metrics", "layer_metrics"):
        check_metrics(f"model.{key}", config.model.get(key))
    for key in SEVERAL:
        check_several(key, OmegaConf.select(config, key))
    if "_target_" not in config.optimizer:
        if not config.optimizer:
            raise UserError("optimizer is empty: use optimizer=adam, for example")
        check_optimizers(config.optimizer)
    environment = config.backend.get("environment")
    if not isinstance(environment, DictConfig | None):
        raise UserError(
            f"backend.environment={shown(environment)} is no group of variables: set one by "
            "+backend.environment.<VARIABLE>=<value>"
        )


def check_losses(config: Any) -> None:
    """Checks a loss, or a group or a list of one for each output, of which some may be null."""
    if isinstance(config, ListConfig):
        for i, loss in enumerate(config):
            if loss is not None:
                check_target(f"model.loss[{i}]", loss)
        return
    of_outputs = isinstance(config, DictConfig) and any(
        isinstance(loss, DictConfig) for loss in config.values()
    )
    if of_outputs and "_target_" not in config:
        for name, loss in config.items():
            if loss is not None:
                check_target(f"model.loss.{name}", loss)
    elif config is not None:
        check_target("model.loss", config)


def check_metrics(key: str, config: Any) -> None:
    """Checks a list of metrics, or a list or a group of such lists or metrics by outputs."""
    if isinstance(config, ListConfig):
        for i, metric in enumerate(config):
            if isinstance(metric, ListConfig):
                check_metrics(f"{key}[{i}]", metric)
            elif metric is not None:
                check_target(f"{key}[{i}]", metric)
    elif isinstance(config, DictConfig) and "_target_" not in config:
        for name, metrics in config.items():
            if isinstance(metrics, DictConfig):
                check_target(f"{key}.{name}", metrics)
            else:
                check_metrics(f"{key}.{name}", metrics)
    elif config is not None:
        raise UserError(
            f"{key}={shown(config)} is no list: give one, or [], or a group of one for each output"
        )


def check_optimizers(config: DictConfig) -> None:
    """Checks a group of several optimizers, beside which an experiment may have set one's value."""
    parts = [str(name) for name, part in config.items() if isinstance(part, DictConfig)]
    for name, value in config.items():
        if name not in parts and parts:
            raise UserError(
                f"optimizer.{name}={shown(value)} is set, and optimizer= is several "
                f"({', '.join(parts)}): set it in each, as in optimizer.{parts[0]}.{name}, take it "
                f"out by ~optimizer.{name}, or use a single one, as in optimizer=adam"
            )
    check_several("optimizer", config)


def check_several(key: str, config: Any) -> None:
    """Checks a group of things that are built, each under a name."""
    if config is None:
        return
    if not isinstance(config, DictConfig):
        raise UserError(
            f"{key}={shown(config)} is no group of things to build, each under a name of its own"
        )
    for name, part in config.items():
        check_target(f"{key}.{name}", part)


def check_that_all_is_read(config: DictConfig) -> None:
    """Checks that nothing was set, or misspelt, that nothing reads.

    A key of a configuration file that no reader knows may be there for other keys to refer to, so
    it is a mistake where it is like one that a reader knows. One that was typed is a mistake
    wherever nothing refers to it.
    """
    written = OmegaConf.to_container(config, resolve=False)
    references = set(re.findall(r"\$\{\.*([\w.]+)\}", str(written)))
    known = {"": (*settings_of_a_run(), *GROUPS, *ALSO), **KNOWN}
    # Where all is resolved, nothing says any more what referred to what.
    typed = typed_keys() if references else set()
    for place, names in known.items():
        section: Mapping[str, Any] = written[place] if place else written  # pyright: ignore
        for name in map(str, section):
            key = f"{place}.{name}" if place else name
            if name in names or within(key, references) or within(name, references):
                continue
            near = nearest(name, names)
            if near or within(key, typed):
                path = f"{place}." if place else ""
                cure = f"did you mean {path}{near[0]}?" if near else "leave it out"
                raise UserError(f"{key} has no effect, as nothing reads it: {cure}")


def within(key: str, others: Iterable[str]) -> bool:
    """Whether a key, or one below it, is among others."""
    return any(other == key or other.startswith(f"{key}.") for other in others)


def shown(value: Any) -> str:
    """A value as it is typed."""
    if OmegaConf.is_config(value):
        value = OmegaConf.to_container(value, resolve=False)
    return "null" if value is None else str(value)
