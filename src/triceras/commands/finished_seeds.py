"""Which of several seeds have finished, and need not be trained again."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from triceras.checkpoints import resume
from triceras.commands.train import Outcome
from triceras.config import without_tests
from triceras.runs.monitor import monitored


def finished_before(configs: Sequence[DictConfig]) -> dict[int, Outcome]:
    """The seeds that have finished where others have not, and what came of them.

    Where none is unfinished, as of one run that is to go on, all begin anew.
    """
    found = {}
    wanted = [without_tests(each) for each in configs]
    unfinished = {each.seed for each in wanted if resume.newest_unfinished(each)}
    for each in wanted if unfinished else ():
        folder = None if each.seed in unfinished else resume.newest_finished(each)
        summary = read_summary(folder) if folder else {}
        if folder and summary:
            name = monitored(summary["metrics"], each.monitor)
            found[each.seed] = Outcome(folder, summary, {}, summary["metrics"].get(name))
    return found


def read_summary(folder: Path) -> dict[str, Any]:
    """What a run reached, or nothing where that cannot be read."""
    try:
        summary = json.loads((folder / "summary.json").read_text())
        return summary if isinstance(summary["metrics"], dict) else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}
