"""Which sweep a command goes on with, and what it may say beside that."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf, open_dict, read_write

from triceras.errors import UserError
from triceras.search.jobs import is_over, is_search
from triceras.sweeps import job_record, plan
from triceras.tracking.redaction import is_secret_argument, redacted_arguments
from triceras.words import word

KEY = "resume_sweep"
AUTO = "auto"
FLAGS = ("-m", "--multirun")
# What says how jobs are started, and not what they are.
LAUNCHER = ("hydra/launcher", "hydra.launcher.")
HARMLESS = (*LAUNCHER, "sweep.fail_fast", "sweep.report", "hydra.verbose")
SWEEPER = ("hydra/sweeper", "hydra.sweeper.")
# How far a search goes, which a command that goes on with it may say anew.
OF_A_SEARCH = tuple(f"{SWEEPER[1]}{key}" for key in ("n_trials", "n_jobs", "timeout"))


def key_of(word: str) -> str:
    """The key of a word."""
    return word.partition("=")[0].lstrip("+~")


def with_plan(words: Sequence[str]) -> list[str]:
    """The words with which Hydra starts the sweep that `resume_sweep=<folder>` names.

    Args:
        words: of the command line, which are returned as they are where it is not among them.

    Raises:
        UserError: it is none that can go on, or a word would alter its jobs.
    """
    named = [one for one in words if key_of(one) == KEY]
    if not named:
        return list(words)
    folder = folder_of(named[-1])
    if folder is None:
        return [one for one in words if one not in named]
    others = [one for one in words if one not in named and one not in FLAGS]
    search = is_search(folder)
    harmless = (*HARMLESS, *(OF_A_SEARCH if search else ()))
    for one in others:
        if one.startswith("-") or not (key_of(one).startswith(harmless) or is_secret(one)):
            raise UserError(
                f"{KEY}={folder} follows the plan of that sweep, and {one} would alter its jobs: "
                "leave it out, or begin a new sweep"
            )
    planned = plan.read(folder)
    script = Path(sys.argv[0]).stem
    if planned["script"] != script:
        raise UserError(
            f"{folder} is a sweep of scripts/{planned['script']}.py, not of scripts/{script}.py"
        )
    chosen = any(key_of(one) == LAUNCHER[0] for one in others)
    launcher = [] if chosen else [f"{LAUNCHER[0]}={planned['launcher']}"]
    # It proposes other jobs like those that it has.
    proposing = [one for one in planned["words"] if search and not is_secret(one)]
    return [FLAGS[0], *proposing, word(KEY, str(folder)), *launcher, *others]


def folder_of(word: str) -> Path | None:
    """The folder that a word names."""
    try:
        (override,) = OverridesParser.create().parse_overrides([word])
        value = override.value()
    except HydraException:
        value = word.partition("=")[2]
    return None if value is None else Path(str(value))


def is_secret(word: str) -> bool:
    """Whether a word gives a secret, which is in no plan."""
    return "=" in word and is_secret_argument(word)


def choose(config: DictConfig) -> Path | None:
    """The folder of the sweep that a command goes on with, or `None` for a new one.

    Args:
        config: what Hydra composed for all jobs together; its folder becomes that one.

    Raises:
        UserError: `sweep.resume` is no choice.
    """
    named = OmegaConf.select(config, KEY, default=None)
    resume = OmegaConf.select(config, "sweep.resume", default=None)
    if resume not in (None, AUTO):
        raise UserError(
            f"sweep.resume={resume} is unknown: use {AUTO}, or name a sweep by {KEY}=<its folder>"
        )
    if named is None and resume is None:
        return None
    folder = Path(named) if named is not None else newest_unfinished(config)
    if folder is not None:
        with read_write(config.hydra), open_dict(config.hydra):
            config.hydra.sweep.dir = str(folder)
            if named is not None:
                restore_launcher(config, plan.read(folder))
    return folder


def restore_launcher(config: DictConfig, planned: dict[str, Any]) -> None:
    """Gives the launcher the settings that it had, but for those that were typed."""
    if config.hydra.runtime.choices["hydra/launcher"] != planned["launcher"]:
        return
    typed = {key_of(word) for word in typed_words(config)}
    for key, value in planned["launcher_settings"].items():
        place = f"{LAUNCHER[1]}{key}"
        if not any(word == place or word.startswith(f"{place}.") for word in typed):
            OmegaConf.update(config, f"hydra.launcher.{key}", value, merge=False, force_add=True)


def newest_unfinished(config: DictConfig) -> Path | None:
    """The newest sweep of the same words of which a job has not finished."""
    words = asked_for(config)
    found = []
    for path in Path(config.hydra.sweep.dir).parent.glob(f"*/{plan.FILE}"):
        try:
            planned = plan.read(path.parent)
            jobs = [job_record.today(folder) for folder in plan.folders(path.parent)]
        except UserError:
            continue
        unfinished = any(job["status"] not in job_record.DONE for job in jobs)
        if is_search(path.parent):
            unfinished = not is_over(path.parent)
        if unfinished and planned.get("words") == words:
            found.append((planned["began"], str(path.parent)))
    return Path(max(found)[1]) if found else None


def asked_for(config: DictConfig) -> list[str]:
    """The words that say what the jobs of a sweep are, whatever their order."""
    of_jobs = [
        word
        for word in typed_words(config)
        if key_of(word).startswith(SWEEPER) or not key_of(word).startswith(("sweep.", "hydra"))
    ]
    return sorted(redacted_arguments(of_jobs))


def typed_words(config: DictConfig) -> list[str]:
    """The words of a command; what is in `${}` is not resolved."""
    overrides: Any = OmegaConf.to_container(config.hydra.overrides, resolve=False)
    return [*overrides["task"], *overrides["hydra"]]


def secrets(config: DictConfig) -> list[str]:
    """The words of a command that goes on which give secrets."""
    return [word for word in typed_words(config) if is_secret(word)]
