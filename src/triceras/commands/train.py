"""One training run, from a configuration to a run folder."""

import dataclasses
import functools
import logging
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from triceras import backend, devices, merged, replaced, sections, settings
from triceras.checkpoints import resume
from triceras.collecting import not_collecting
from triceras.commands.beginning import check_heard
from triceras.config import build, without_tests
from triceras.data.beside_imports import beside, can_be_read_beside
from triceras.data.dividing import as_version
from triceras.errors import UserError, place
from triceras.runs import data_file, lock, not_kept, record
from triceras.runs.faults import explained
from triceras.runs.folder import check_place, create_run_folder, replacing
from triceras.runs.log import stop_log, write_log_to
from triceras.runs.stop import INTERRUPTED_AND_SAVED, Interrupted, Pruned, Stop, listening
from triceras.runs.stopwatch import Stopwatch
from triceras.sweeps import handing
from triceras.tracking.redaction import without_secrets
from triceras.uninterrupted import uninterrupted
from triceras.words import pasted

log = logging.getLogger(__name__)


@dataclasses.dataclass
class Outcome:
    """What came of a run.

    Args:
        folder: the run folder.
        summary: what is in its `summary.json`.
        objects: `model`, `data` and `history`, for tests and notebooks.
        objective: the value of `config.monitor` at the end, or `None`.
    """

    folder: Path
    summary: dict[str, Any]
    objects: dict[str, Any]
    objective: float | None


def train(
    config: DictConfig,
    load: Callable[[DictConfig, Mapping[str, Any] | None], Any] | None = None,
    listening: Callable[..., AbstractContextManager[Stop]] = listening,
) -> Outcome:
    """Trains what a configuration describes.

    The last line that it prints is `run: <run folder>`, also where the run failed.

    Args:
        config: as `scripts/train.py` is given it; see `conf/train.yaml`.
        load: loads the data, in the place of `load_data`.
        listening: hears signals, in the place of `triceras.runs.stop.listening`.

    Returns:
        An `Outcome`.

    Raises:
        UserError: something is wrong with what the user gave; what the run had saved stays.
    """
    stopwatch = Stopwatch()
    check_heard()
    check_place()
    config = without_tests(config)
    sections.check(config)
    replaced.check(config)
    merged.tell(config)
    config, resumed = resume.choose(config)
    settings.check(config)
    devices.check(config)
    devices.prepare(config)
    backend.use(config.backend.name, config.backend.environment)
    with as_version(data_file.division_of(resumed)):
        data = (load or load_data)(config, data_file.kept(resumed))
    settings.check_data(config, data)
    with run_folder(config, data, resumed, listening) as (folder, stop):
        return Outcome(folder, **import_experiment()(config, data, folder, stopwatch, stop))


def import_experiment() -> Callable[..., dict[str, Any]]:
    """What makes an experiment of a configuration, and Keras, on the backend that was chosen."""
    with not_collecting(), uninterrupted():
        from triceras.commands.experiment import run_experiment

    return run_experiment


def load_data(config: DictConfig, kept: Mapping[str, Any] | None) -> Any:
    """The data set of a configuration; what can be read while Keras is imported, is.

    Args:
        config: of the run.
        kept: what the run has kept of its data.

    Raises:
        UserError: it cannot be loaded.
    """
    load = functools.partial(build, "data", config.data, kept=kept)
    if not can_be_read_beside(config.data):
        return load()
    with beside(load) as loaded:
        import_experiment()
        return loaded()


@contextmanager
def run_folder(
    config: DictConfig,
    data: Any,
    resumed: Path | None = None,
    listening: Callable[..., AbstractContextManager[Stop]] = listening,
) -> Iterator[tuple[Path, Stop]]:
    """The folder of a run, in which `run.json` tells how the run ended, whatever happens.

    Args:
        config: of the run.
        data: the data set.
        resumed: the folder of a run to go on with, or `None` for a new one.
        listening: hears signals.

    Yields:
        The folder, and what tells whether someone has asked the run to stop.
    """
    name = f"{config.backend.name}-{config.loop.name}-seed{config.seed}"
    folder = resumed or create_run_folder(config.output_dir, config.experiment, name)
    if handing.is_job():
        # The sweep is to know it however this process ends.
        print(f"run: {folder}", flush=True)
    with lock.locked(folder):
        if resumed:
            resume.check(config, folder, data)
        handler = write_log_to(folder / "train.log")
        try:
            last_resort = functools.partial(give_up, folder)
            with listening(config.signals, config.grace, last_resort) as stop:
                check_heard()
                written = settings.plain(config)
                with replacing(folder / "config.yaml") as path:
                    OmegaConf.save(OmegaConf.create(without_secrets(written)), path)
                record.begin(folder, config, data.sha256, resumed is not None)
                not_kept.note(folder, written)
                data_file.warn_of_changes(folder, data)
                data_file.keep(folder, data, data_file.division_of(resumed))
                yield folder, stop
            record.end(folder, "finished")
        except BaseException as error:
            interrupted = isinstance(error, KeyboardInterrupt)
            log.info("the run ended early", exc_info=not interrupted)
            ending = "pruned" if isinstance(error, Pruned) else "interrupted"
            record.end_early(folder, ending if interrupted else "failed", error)
            if isinstance(error, Interrupted):
                error.add_note(str(folder))
            if not isinstance(error, Exception):
                raise
            told = explained(error, config.batch_size)
            if isinstance(told, UserError):
                # What trains several runs says which one it was.
                told.add_note(f"run: {folder}")
            else:
                where = place(told).removeprefix(" (").removesuffix(")")
                told.add_note(
                    f"{where + '; ' if where else ''}its traceback is in {folder / 'train.log'}"
                )
            if told is error:
                raise
            raise told from error
        finally:
            stop_log(handler)
            print(f"run: {folder}", flush=True)


def give_up(folder: Path, name: str) -> None:
    """Ends the process where it has not ended in time after a signal; what was saved stays."""
    record.end_early(folder, "interrupted", f"{name}: the step did not end in time")
    log.warning(
        f"interrupted by {name}, and the step, or a compiler, did not end in time: go on from the "
        f"last checkpoint with {pasted('resume', str(folder))}"
    )
    print(f"run: {folder}", flush=True)
    os._exit(INTERRUPTED_AND_SAVED)
