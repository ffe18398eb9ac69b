"""Whether a run is a trial of a search, found out without anything that a search needs."""

import json
from pathlib import Path
from typing import Any

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

from triceras.runs.stop import Stop
from triceras.sweeps.handing import is_job

# In the folder of a sweep: of which study its jobs are trials.
FILE = "search.json"
# Locked while a command is at work on the search.
LOCK = "search.lock"


def is_search(folder: Path) -> bool:
    """Whether a sweep's jobs are trials."""
    return (folder / FILE).is_file()


def is_over(folder: Path) -> bool:
    """Whether a search has as many trials as it was to have."""
    try:
        return bool(json.loads((folder / FILE).read_text()).get("over"))
    except (OSError, ValueError):
        return False


def pruning(config: DictConfig, stop: Stop) -> list[Any]:
    """The callback of a run that is a trial, and nothing for all other runs.

    Args:
        config: `trial` and `monitor`.
        stop: what the run looks at.
    """
    if config.get("trial") is None or not is_job():
        return []
    folder = Path(HydraConfig.get().sweep.dir)
    if not is_search(folder):
        return []
    from triceras.search.packages import check_packages

    check_packages()
    from triceras.search.pruning import Pruning

    return [Pruning(folder, config.trial, config.monitor, stop)]
