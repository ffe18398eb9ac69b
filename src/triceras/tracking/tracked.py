"""The trackers of a run, from its beginning to its end."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from omegaconf import DictConfig

from triceras.errors import one_line
from triceras.runs import record
from triceras.runs.stop import Pruned
from triceras.settings import plain
from triceras.tracking.csv_files import CsvFiles
from triceras.tracking.several import build_trackers
from triceras.tracking.tracker import Tracker

log = logging.getLogger(__name__)


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
    trackers = [CsvFiles(config.log_every), *build_trackers(config.logger)]
    started: list[Tracker] = []
    status, summary = "failed", {}
    try:
        for tracker in trackers:
            tracker.start(folder, plain(config), record.read(folder))
            started.append(tracker)
        yield trackers
        status, summary = "finished", json.loads((folder / "summary.json").read_text())
    except KeyboardInterrupt as error:
        status = "pruned" if isinstance(error, Pruned) else "interrupted"
        raise
    finally:
        last = folder / "checkpoints" / "last.keras"
        for tracker in started:
            try:
                tracker.finish(status, summary, last if last.exists() else None)
            except Exception as error:
                # It must not take the place of what ended the run.
                log.warning(f"{type(tracker).__name__} did not finish: {one_line(error)}")
