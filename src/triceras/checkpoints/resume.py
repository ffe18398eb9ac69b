"""Which run a command goes on with, and with what configuration."""

import logging
from collections.abc import Callable, Container, Sequence
from pathlib import Path
from typing import Any

from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import DictConfig, OmegaConf

from triceras.checkpoints import moved
from triceras.checkpoints.differences import ALLOWED, HARMLESS, differences
from triceras.environment import set_now
from triceras.errors import UserError, one_line
from triceras.loops.length import total_steps
from triceras.runs import lock, not_kept, record
from triceras.runs.step_files import number, step_files
from triceras.settings import plain
from triceras.shortened import shortened
from triceras.tracking.redaction import without_secrets
from triceras.tracking.several import targets_of
from triceras.words import keys_of

log = logging.getLogger(__name__)

AUTO = "auto"
# How a run ends that is not to go on.
ENDED = ("finished", "pruned")
# Groups whose files set keys all over the configuration.
GLOBAL_GROUPS = ("experiment", "debug")
# What no run's configuration is without.
NEEDED = ("backend", "data", "model", "optimizer", "loop")


def choose(config: DictConfig) -> tuple[DictConfig, Path | None]:
    """Finds the run that `config.resume` means.

    Args:
        config: as it was composed.

    Returns:
        The configuration to train with, and the folder of the run to go on with, or `None` for a
        new run.

    Raises:
        UserError: there is no such run, or what was asked for differs from it in what must stay.
    """
    if config.resume is None:
        return config, None
    if config.resume == AUTO:
        folder = newest_unfinished(config)
        if folder is None:
            log.info("resume=auto: no unfinished run of this configuration, so a new one begins")
        else:
            not_kept.tell(folder)
        return config, folder
    folder = Path(config.resume)
    if not (folder / record.FILE).is_file() or not (folder / "config.yaml").is_file():
        raise UserError(
            f"resume={folder} is no run folder: it has no {record.FILE} and config.yaml; the last "
            "line that a run prints names it"
        )
    saved = saved_config(folder)
    not_kept.tell(folder)
    before = record.read(folder)
    moved.check_code(folder, plain(saved), before)
    take_from_environment(config, saved, keys_of(before.get("argv") or ()))
    wanted = asked_for(config, saved, HydraConfig.get().overrides.task)
    changes = differences(comparable(saved), comparable(wanted), ALLOWED)
    if changes:
        raise UserError(
            f"resume={folder} has another configuration: {shortened(changes, between='; ')}; begin "
            "a new run, or leave these out"
        )
    return wanted, folder


def saved_config(folder: Path) -> DictConfig:
    """The configuration of a run, with the names that its code has today."""
    try:
        saved: Any = OmegaConf.load(folder / "config.yaml")
    except Exception as error:
        raise UserError(f"{folder / 'config.yaml'} cannot be read: {one_line(error)}") from error
    config = OmegaConf.create(moved.at_todays_place(plain(saved)))
    missing = [key for key in NEEDED if not isinstance(config, DictConfig) or key not in config]
    if missing:
        raise UserError(
            f"{folder / 'config.yaml'} is damaged: it says nothing of {', '.join(missing)}; put a "
            "good copy of it there"
        )
    return config  # pyright: ignore[reportReturnType]


def comparable(config: DictConfig) -> dict[str, Any]:
    """What two configurations are compared by."""
    return without_secrets(plain(config))


def asked_for(composed: DictConfig, saved: DictConfig, overrides: Sequence[str]) -> DictConfig:
    """What a run was, but for what a person typed.

    Args:
        composed: the configuration that Hydra made of what was typed.
        saved: the run's.
        overrides: what was typed.
    """
    wanted = saved.copy()
    OmegaConf.update(wanted, "resume", composed.resume)
    for override in OverridesParser.create().parse_overrides(list(overrides)):
        key = override.key_or_group
        if key in GLOBAL_GROUPS or override.is_delete():
            # It says everything, as a command that is given a second time does.
            return composed
        if key != "resume" and not key.startswith("hydra"):
            value = OmegaConf.select(composed, key.replace("/", "."))
            OmegaConf.update(wanted, key.replace("/", "."), value, merge=False, force_add=True)
    return wanted


def take_from_environment(composed: DictConfig, saved: DictConfig, typed: set[str]) -> None:
    """Sets in a run's configuration what variables of today's environment set.

    Args:
        composed: the configuration that Hydra made today.
        saved: the run's.
        typed: keys that were typed when the run began.
    """
    for key in set_now(composed, typed):
        group = key.partition(".")[0]
        if targets_of(composed[group]) <= targets_of(saved.get(group)):
            OmegaConf.update(saved, key, OmegaConf.select(composed, key), force_add=True)


def newest_unfinished(config: DictConfig) -> Path | None:
    """The newest run of a configuration that has not finished and that no process works on."""
    return newest(config, lambda known: known.get("status") not in ENDED)


def newest_finished(config: DictConfig, hashes: Container[str | None]) -> Path | None:
    """The newest run of a configuration that has finished.

    Args:
        config: as it was composed.
        hashes: of the data, of which a path says nothing, the `data_sha256` that will do.
    """
    return newest(
        config,
        lambda known: known.get("status") == "finished" and known.get("data_sha256") in hashes,
    )


def newest(config: DictConfig, wished: Callable[[dict[str, Any]], bool]) -> Path | None:
    """The newest run of a configuration that no process works on.

    Args:
        config: as it was composed.
        wished: is given what `run.json` holds, and says whether it is one that is looked for.
    """
    wanted = comparable(config)
    found = []
    for path in Path(config.output_dir, config.experiment).glob(f"*/*/{record.FILE}"):
        folder = path.parent
        try:
            # Of many runs few are, and a configuration takes longer to read.
            if not wished(record.read(folder)):
                continue
            same = not differences(comparable(saved_config(folder)), wanted, HARMLESS)
        except (OSError, ValueError, UserError):
            continue
        if same and not lock.is_held(folder):
            found.append((folder.name, folder))
    return max(found)[1] if found else None


def check(config: DictConfig, folder: Path, data: Any) -> None:
    """Checks that a run can go on as it is asked to, and makes what it needs for that.

    Args:
        config: what it is to go on with.
        folder: its folder.
        data: the data set.

    Raises:
        UserError: the data has changed, or the run is asked to end before where it has come to.
    """
    check_same_data(folder, data.sha256)
    check_length(config, folder, len(data.train))
    (folder / "checkpoints").mkdir(exist_ok=True)


def check_length(config: DictConfig, folder: Path, examples: int) -> None:
    """Checks that a run is not asked to end before the place that it has come to.

    Args:
        config: what it is to go on with.
        folder: its folder.
        examples: how many there are to train on.

    Raises:
        UserError: it is.
    """
    steps = total_steps(examples // config.batch_size, config.epochs, config.max_steps)
    taken = max(map(number, step_files(folder / "checkpoints")), default=0)
    if steps < taken:
        raise UserError(
            f"resume={folder} has taken {taken} steps, and epochs={config.epochs} with "
            f"max_steps={config.max_steps} are {steps}: give more of them"
        )


def check_same_data(folder: Path, sha256: str | None) -> None:
    """Checks that the data is what it was when the run began.

    Raises:
        UserError: it is not.
    """
    known = record.read(folder)
    before = known.get("data_sha256", sha256)  # it may have been stopped before that was written
    if before != sha256:
        raise UserError(
            f"the data has changed since the run {folder} began (SHA-256 {before}, now {sha256}): "
            "give it the same file, or begin a new run"
        )
