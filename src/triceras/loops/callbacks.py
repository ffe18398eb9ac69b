"""The Keras callbacks of a run, in the order in which they are called."""

import logging
import sys
from collections.abc import Collection, Mapping
from pathlib import Path

import keras
from omegaconf import DictConfig

from triceras.checkpoints.as_validated import AsValidated
from triceras.checkpoints.checkpoints import Checkpoints
from triceras.config import build
from triceras.data.dataset import Dataset
from triceras.data.stream_split import StreamSplit
from triceras.environment import chosen_in, typed_keys
from triceras.errors import UserError
from triceras.figures.callback import LastFigures, build_figures
from triceras.loops.csv_logs import begin_logs, go_on_with_logs
from triceras.loops.following import is_foreign
from triceras.loops.hooks import any_does
from triceras.loops.schedule import Schedule
from triceras.loops.step_loss import STEP_LOSS
from triceras.loops.stream_state import StreamState
from triceras.runs import record
from triceras.runs.context import Context
from triceras.runs.epochs import RecordEpochs
from triceras.runs.monitor import monitor_check
from triceras.search.jobs import pruning

CHECKPOINTS = "callback.checkpoints"
# What Keras's `BackupAndRestore` leaves in its folder.
WEIGHTS = "latest.weights.h5*"

log = logging.getLogger(__name__)


def build_callbacks(
    config: DictConfig, data: Dataset, schedule: Schedule, context: Context
) -> tuple[list[keras.callbacks.Callback], Checkpoints | None]:
    """Makes the callbacks.

    Args:
        config: `model`, `callback`, `monitor`, `figures`, `progress_bar` and `seed`.
        data: the data set, which figures show.
        schedule: knows how long epochs are.
        context: of the run.

    Returns:
        The callbacks, and that one of them which saves the run, or `None`.
    """
    named = {
        name: build(f"callback.{name}", callback, folder=context.folder / "checkpoints")
        for name, callback in config.callback.items()
    }
    if context.resumed is None:
        check_backups(named)
        begin_logs(named.values(), context.folder)
    else:
        go_on_with_logs(named.values(), context.resumed.position.epoch, context.folder)
    own = [*named.values(), *pruning(config, context.stop)]
    typed = typed_keys()
    watched = "monitor" in typed or any(hasattr(each, "monitor") for each in own)
    # With resume=auto, a run may be new.
    goes_on = record.read(context.folder).get("resumed_from") is not None
    chosen = "monitor_mode" in typed or goes_on
    check = monitor_check(
        config.monitor if watched else None,
        named,
        bool(data.validation),
        {STEP_LOSS},
        None if chosen else config.monitor_mode,
        [name for name in named if goes_on or f"callback.{name}.mode" in typed],
        list(config.model.get("evaluations") or ()),
    )
    # It comes last, and History before it, so that it sees what all others remember.
    saving = [callback for callback in own if isinstance(callback, Checkpoints)]
    tell_of_none(named, saving, typed)
    figures = build_figures(config, data, context)
    callbacks = [
        RecordEpochs(context.recorder, context.trackers, not shows_progress(config), check),
        figures,
        *(callback for callback in own if callback not in saving),
        *([StreamState(data.train, context)] if isinstance(data.train, StreamSplit) else []),
        LastFigures(figures),
        keras.callbacks.History(),
        *saving,
    ]
    foreign = [callback for callback in own if is_foreign(callback)]
    tests = any_does(foreign, "on_test_end")
    for callback in saving:
        if tests or any_does(foreign, "on_epoch_end"):
            callbacks.insert(1, AsValidated(callback, tests))
        callback.attach(schedule, callbacks, context)
    return callbacks, saving[0] if saving else None


def tell_of_none(named: Collection[str], saving: Collection[Checkpoints], typed: set[str]) -> None:
    """Warns of callbacks of one's own that took the place of those that are the default.

    Args:
        named: the names of all.
        saving: those that save the run.
        typed: keys of the command line; who typed that there be none knows, as by `callback=none`.
    """
    chosen = chosen_in("callback")
    if named and not saving and CHECKPOINTS not in typed and chosen != "none":
        log.warning(
            "callback=%s has no checkpoints: the run can neither go on nor be evaluated; "
            "`defaults: [default, _self_]` in its file keeps them",
            chosen,
        )


def check_backups(callbacks: Mapping[str, keras.callbacks.Callback]) -> None:
    """Checks that no callback would have a new run begin with the weights of another one.

    Args:
        callbacks: those of the configuration, by name.

    Raises:
        UserError: Keras's `BackupAndRestore` finds some in its folder.
    """
    for name, callback in callbacks.items():
        if not isinstance(callback, keras.callbacks.BackupAndRestore):
            continue
        folder = Path(callback.backup_dir)
        if any(folder.glob(WEIGHTS)):
            raise UserError(
                f"callback.{name}.backup_dir={folder} holds the weights of another run, with which "
                "this one would begin: delete it, or go on with that run by resume=<its folder>, "
                "which needs no such callback"
            )


def shows_progress(config: DictConfig) -> bool:
    """Whether Keras is to draw its progress bar."""
    if config.progress_bar != "auto":
        return config.progress_bar
    # There is none where a process was started without (`>&-`).
    return sys.stdout is not None and sys.stdout.isatty()
