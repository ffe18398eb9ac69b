"""The trackers of a run, from its beginning to its end."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from omegaconf import DictConfig

from triceras.config import build
from triceras.runs import record
from triceras.settings import plain
from triceras.tracking.csv_files import CsvFiles
from triceras.tracking.tracker import Tracker


@contextmanager
def tracked(config: DictConfig, folder: Path) -> Iterator[list[Tracker]]:
    """Starts the trackers of a run, and finishes them however it ends.

    Args:
        config: see `conf/run.yaml` of this package.
        folder: the run folder, with `run.json`; a run that finishes leaves `summary.json` there.

    Yields:
        The trackers.

    Raises:
        UserError: one of them cannot be had at all.
    """
    trackers = [CsvFiles(config.log_every), build("logger", config.logger)]
    for tracker in trackers:
        tracker.start(folder, plain(config), record.read(folder))
    status, summary = "failed", {}
    try:
        yield trackers
        status, summary = "finished", json.loads((folder / "summary.json").read_text())
    except KeyboardInterrupt:
        status = "interrupted"
        raise
    finally:
        last = folder / "checkpoints" / "last.keras"
        for tracker in trackers:
            tracker.finish(status, summary, last if last.exists() else None)
