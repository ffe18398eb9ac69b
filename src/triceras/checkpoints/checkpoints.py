"""When a run's state is written, which of it is kept, and what a resumed run begins with."""

import logging
import math
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras

from triceras.checkpoints import snapshot
from triceras.checkpoints.callback_changes import Begun
from triceras.checkpoints.checkpoint_files import BEST, LAST, best_of_cut, prune, write
from triceras.checkpoints.checkpoint_settings import check_settings
from triceras.checkpoints.finite import Finite
from triceras.checkpoints.for_keras import save_best, save_file, save_what_is_left
from triceras.checkpoints.snapshot import Position, Snapshot
from triceras.errors import UserError
from triceras.loops.averages import averages_in
from triceras.loops.schedule import Schedule
from triceras.runs.context import Context
from triceras.runs.monitor import monitored, unchanged, unknown_metric
from triceras.runs.step_files import step_file
from triceras.runs.stop import Stop
from triceras.tracking.tracker import Tracker

log = logging.getLogger(__name__)


class Checkpoints(keras.callbacks.Callback):
    """Saves the whole run now and then, and `best` where the monitored metric improves.

    It comes last among the callbacks, so that it sees what all others remember of an epoch.

    Args:
        folder: where the files go.
        monitor: name of a metric in the epoch's logs, for example `val_loss`; without validation
            data, the same name without `val_` is watched.
        mode: `"min"` or `"max"`.
        every_minutes: between two checkpoints, within an epoch too; `None` for no such limit.
        every_steps: the same in steps; it is looked at between two compiled calls.
        every_epochs: the same in epochs.
        keep: how many of the newest to keep.

    Raises:
        UserError: no such metric, no such mode, or a number is not above 0.
    """

    def __init__(
        self,
        folder: str | Path,
        monitor: str = "val_loss",
        mode: str = "min",
        every_minutes: float | None = 0.5,
        every_steps: int | None = None,
        every_epochs: int | None = None,
        keep: int = 2,
    ):
        super().__init__()
        check_settings(monitor, mode, every_minutes, every_steps, every_epochs, keep)
        self.folder = Path(folder)
        self.monitor = monitor
        self.mode = mode
        self.every_seconds = math.inf if every_minutes is None else 60 * every_minutes
        self.every_steps = every_steps or math.inf
        self.every_epochs = every_epochs or math.inf
        self.keep = keep
        self.best = self.to_beat = math.inf
        self.seen: list[float] = []
        self.better: Snapshot | None = None
        self.as_trained: Snapshot | None = None
        self.resumed: Snapshot | None = None
        self.stop = Stop()
        self.callbacks: Sequence[keras.callbacks.Callback] = [self]
        self.begun: Begun | None = None
        self.trackers: Sequence[Tracker] = ()

    def attach(
        self,
        schedule: Schedule,
        callbacks: Sequence[keras.callbacks.Callback],
        context: Context,
    ) -> None:
        """Says what belongs to the run.

        Args:
            schedule: knows how long epochs are.
            callbacks: those that remember something, this one among them.
            context: of the run; its trackers must have written what they were told before a
                checkpoint is.
        """
        self.schedule = schedule
        self.callbacks = callbacks
        self.recorder = context.recorder
        self.trackers = context.trackers
        self.stop = context.stop
        self.resumed = context.resumed
        self.finite: Finite | None = None

    # What this callback itself remembers.

    def get_state(self) -> dict[str, Any]:
        """The best value so far."""
        return {"best": self.best}

    def set_state(self, state: dict[str, Any]) -> None:
        """Takes over what `get_state` returned, or what an epoch that was cut has reached since."""
        self.best = min(state["best"], self.to_beat)

    # When Keras calls.

    def on_train_begin(self, logs: Any = None) -> None:
        self.saved_at, self.saved_step = time.monotonic(), self.recorder.step
        self.saved_epoch = 0
        self.begun = Begun(self.callbacks)
        # Keras's `BackupAndRestore` sets it, and `fit` would leave epochs out that are not done.
        self.model._initial_epoch = None  # pyright: ignore[reportAttributeAccessIssue]
        if self.resumed is None:
            self.save(Position())
            return
        for name in (f"{LAST}.npz", f"{LAST}.keras", f"{BEST}.keras"):
            (self.folder / name).unlink(missing_ok=True)
        self.saved_epoch = self.resumed.position.epoch
        self.to_beat = best_of_cut(self.folder, self.resumed.position)
        snapshot.give(self.model, self.callbacks, self.resumed)
        self.finite = Finite(snapshot.take_model(self.model))

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        resumed, self.resumed = self.resumed, None
        if resumed is not None and resumed.position.step_in_epoch:
            # This epoch began before: what that did once must not be done twice.
            snapshot.give(self.model, self.callbacks, resumed)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        logs, as_trained = logs or {}, self.as_trained
        self.as_trained = None
        # What another callback has added is of the model as it is now.
        added = logs.get(self.monitor) is not None
        self.note_better(epoch, self.loss_to_beat(logs), None if added else as_trained)
        if self.schedule.is_cut(epoch) and self.recorder.step >= self.schedule.total_steps:
            # `save_within` has saved it as it was before the epoch's end, to go on from.
            self.stop.check()
            return
        complete = self.recorder.step >= self.schedule.total_steps or self.model.stop_training
        if complete or self.is_time() or epoch + 1 - self.saved_epoch >= self.every_epochs:
            stopped = bool(self.model.stop_training)
            self.save(
                self.position(
                    epoch + 1, stopped=stopped and self.recorder.step < self.schedule.total_steps
                )
            )
            self.stop.check()

    def on_train_end(self, logs: Any = None) -> None:
        self.write_better()
        if not (self.folder / f"{BEST}.npz").exists():
            log.warning(
                f"no checkpoint {BEST}: monitor={self.monitor} was a number in no epoch; "
                f"checkpoint={LAST} is there for evaluate.py and export.py"
            )
        elif len({self.best, *self.seen}) == 1 < len(self.seen):
            log.warning(unchanged(self.monitor, self.seen))
        epoch = self.recorder.step // self.schedule.steps_per_epoch
        write(self.folder / f"{LAST}.npz", snapshot.take(self.model, [], self.position(epoch)))
        save_best(self.model, self.folder, save_file(self.model, self.folder, LAST))

    # When a loop calls.

    def due(self, epoch: int, step_in_epoch: int) -> bool:
        """Whether `save_within` is to be called after these steps of an epoch."""
        if step_in_epoch == self.schedule.steps_in(epoch):
            # At the end of an epoch, `on_epoch_end` saves.
            return self.schedule.is_cut(epoch)
        # Where a callback has ended the training, `on_epoch_end` comes next, and says so in what it
        # saves: what went on from here would not know.
        return self.is_time() and not self.model.stop_training

    def save_within(self, epoch: int, step_in_epoch: int) -> None:
        """Saves in the middle of an epoch; the Keras variables are up to date.

        Raises:
            Interrupted: someone has asked the run to stop; it is saved.
            UserError: the disk did not take it.
        """
        self.save(self.position(epoch, step_in_epoch))
        self.stop.check()

    def end_early(self) -> None:
        """Leaves, after a run that failed or was interrupted, Keras's files of what was saved."""
        self.write_better()
        save_what_is_left(self.model, self.folder)

    # The parts of these.

    def note_better(self, epoch: int, value: float, tested: Snapshot | None = None) -> None:
        """Keeps the model where it is the best so far, or what was kept when it was tested."""
        self.seen.append(value)
        if value < self.best:
            self.best = value
            self.better = (tested or self.look()).at(self.position(epoch + 1), best=value)

    def is_better(self, logs: dict[str, Any]) -> bool:
        """Whether the monitored metric is among these and the best so far."""
        return monitored(logs, self.monitor) is not None and self.loss_to_beat(logs) < self.best

    def look(self) -> Snapshot:
        """Copies the model as it is validated."""
        with averages_in(self.model, self.callbacks):
            return snapshot.take(self.model, [], Position())

    def position(self, epoch: int, step_in_epoch: int = 0, stopped: bool = False) -> Position:
        return Position(self.recorder.step, epoch, step_in_epoch, stopped)

    def is_time(self) -> bool:
        return (
            self.stop.requested is not None
            or self.recorder.step - self.saved_step >= self.every_steps
            or time.monotonic() - self.saved_at >= self.every_seconds
        )

    def save(self, position: Position) -> None:
        self.saved_at, self.saved_step = time.monotonic(), position.step
        taken = snapshot.take(self.model, self.callbacks, position, self.begun)
        self.saved_epoch = position.epoch
        if self.finite is None:
            # The first that is saved of a new run is how it begins.
            self.finite = Finite(taken)
        if not self.finite.holds(taken):
            log.warning(f"no checkpoint after step {position.step}: weights are not finite")
            return
        # What replays the epochs since a checkpoint finds `best` again, but not one from before.
        self.write_better()
        for tracker in self.trackers:
            tracker.sync()
        write(step_file(self.folder, position.step), taken)
        prune(self.folder, self.keep, position.step)
        seconds = time.monotonic() - self.saved_at
        log.info(f"checkpoint after step {position.step} ({1000 * seconds:.0f} ms)")

    def write_better(self) -> None:
        if self.better is not None:
            write(self.folder / f"{BEST}.npz", self.better)
            self.better = None

    def loss_to_beat(self, logs: dict[str, Any]) -> float:
        name = monitored(logs, self.monitor)
        if name is None:
            raise UserError(unknown_metric("monitor", self.monitor, logs))
        return float(logs[name]) * (1 if self.mode == "min" else -1)
