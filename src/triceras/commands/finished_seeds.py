"""Which of several seeds have finished, and need not be trained again."""

import json
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from triceras.checkpoints import resume
from triceras.commands.train import Outcome
from triceras.config import without_tests
from triceras.runs import record
from triceras.runs.monitor import monitored

log = logging.getLogger(__name__)


def finished_before(configs: Sequence[DictConfig]) -> dict[int, Outcome]:
    """The seeds that have finished where others have not, and what came of them.

    They have the data of those that go on: no mean is to be over several data sets. Where no seed
    is unfinished, as of one run that is to go on, all begin anew.
    """
    found = {}
    wanted = [without_tests(each) for each in configs]
    unfinished = {each.seed: resume.newest_unfinished(each) for each in wanted}
    left_off = [folder for folder in unfinished.values() if folder]
    hashes = hashes_of(left_off)
    if left_off and len(hashes) != 1:
        told = "of several data sets" if hashes else "not known to be of any data"
        log.warning(
            f"resume=auto: the unfinished runs are {told}, so no seed counts as finished before"
        )
    for each in wanted if len(hashes) == 1 else ():
        folder = None if unfinished[each.seed] else resume.newest_finished(each, hashes)
        summary = read_summary(folder) if folder else {}
        if folder and summary:
            name = monitored(summary["metrics"], each.monitor)
            found[each.seed] = Outcome(folder, summary, {}, summary["metrics"].get(name))
    return found


def hashes_of(folders: Sequence[Path]) -> set[str | None]:
    """The SHA-256 of the data of runs, but of those that ended before it was written."""
    records = [record.read(folder) for folder in folders]
    return {known["data_sha256"] for known in records if "data_sha256" in known}


def read_summary(folder: Path) -> dict[str, Any]:
    """What a run reached, or nothing where that cannot be read."""
    try:
        summary = json.loads((folder / "summary.json").read_text())
        return summary if isinstance(summary["metrics"], dict) else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}
