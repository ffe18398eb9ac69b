"""`job.yaml`: the configuration of a job as the sweep composed it, before any of them started.

What is changed in `conf/` later on changes nothing, whichever process starts the job.
"""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf, open_dict, read_write

from triceras.checkpoints.differences import flat
from triceras.errors import UserError, one_line
from triceras.tracking.redaction import redacted_arguments, without_secrets
from triceras.words import pasted

FILE = "job.yaml"
# What Hydra says of a job and not of the whole sweep.
OF_A_JOB = ("job", "overrides.task", "runtime.choices")


def keep(folder: Path, config: DictConfig) -> None:
    """Writes down the configuration of a job, without what looks like a secret.

    Args:
        folder: of the job.
        config: what Hydra composed for it, with Hydra's own settings.
    """
    written: Any = OmegaConf.to_container(config, resolve=False)
    del written["hydra"]
    kept = without_secrets(written)
    missing = flat(written).keys() - flat(kept).keys()
    hydra: dict[str, Any] = {}
    for key in OF_A_JOB:
        part: Any = OmegaConf.select(config.hydra, key)
        hydra[key] = OmegaConf.to_container(part, resolve=False)
    hydra["overrides.task"] = redacted_arguments(hydra["overrides.task"])
    cache = OmegaConf.get_cache(config)
    whole = {
        "config": kept,
        "hydra": hydra,
        # What `${now:}` and `${unique_id:}` stand for is the same in all jobs.
        "resolved": [[name, [*key], cache[name][key]] for name in cache for key in cache[name]],
        # What is left out of a list moves the rest of it, so all of it is told again.
        "left_out": sorted({key.partition("[")[0] for key in missing}),
    }
    OmegaConf.save(OmegaConf.create(whole), folder / FILE)


def kept(folder: Path, composed: DictConfig, root: DictConfig) -> tuple[DictConfig, DictConfig]:
    """The configuration of a job.

    Args:
        folder: of the job.
        composed: what the launcher composed just now, which has the secrets that are not kept.
        root: what Hydra says of the sweep.

    Returns:
        The configuration, and what Hydra says of the job.

    Raises:
        UserError: it cannot be read, or a secret of it is not there.
    """
    try:
        whole: Any = OmegaConf.load(folder / FILE)
        parts: Any = OmegaConf.to_container(whole, resolve=False)
        config: Any = OmegaConf.create(parts["config"])
        of_hydra, resolved = parts["hydra"], parts["resolved"]
    except Exception as error:
        raise UserError(f"{folder / FILE} cannot be read: {one_line(error)}") from error
    fill(config, composed, parts["left_out"])
    cache: dict[str, dict[tuple[str, ...], Any]] = defaultdict(dict)
    for name, key, value in resolved:
        cache[name][tuple(key)] = value
    OmegaConf.set_cache(config, cache)
    OmegaConf.set_struct(config, True)
    root = root.copy()
    with open_dict(root), read_write(root.hydra):
        for key, part in of_hydra.items():
            OmegaConf.update(root.hydra, key, part, merge=key == "job")
        root.hydra.runtime.output_dir = str(folder.resolve())
    return config, root


def fill(config: DictConfig, composed: DictConfig, keys: Sequence[str]) -> None:
    """Puts secrets into a configuration.

    Raises:
        UserError: one is not there.
    """
    for key in keys:
        value = OmegaConf.select(composed, key, default=None)
        if value is None:
            raise UserError(
                f"{key} looks like a secret, so it was not kept: type it again, "
                f"{pasted(key, '<value>')}"
            )
        OmegaConf.update(config, key, value, force_add=True)
