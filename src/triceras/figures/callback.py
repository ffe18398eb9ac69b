"""Draws a run's figures while it trains."""

import logging
import shutil
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
from omegaconf import DictConfig

from triceras.config import build
from triceras.data.batch import BatchPreparation
from triceras.data.dataset import Dataset
from triceras.engines.state import keep, restore, state_variables
from triceras.errors import UserError
from triceras.figures.figure import RunFigure, Subject
from triceras.figures.formats import PNG, checked, write
from triceras.modelling.preparation import prepare_inputs
from triceras.runs.context import Context
from triceras.runs.folder import replacing
from triceras.together.turns import clock
from triceras.tracking.tracker import Tracker

log = logging.getLogger(__name__)


def build_figures(config: DictConfig, data: Dataset, context: Context) -> "FigureCallback":
    """Makes the callback that draws what a configuration names.

    Args:
        config: `figures`, see `conf/figures/`, `model`, `augment` and `seed`.
        data: the data set that the figures show.
        context: of the run.
    """
    return FigureCallback(
        {
            name: build(f"figures.draw.{name}", figure)
            for name, figure in config.figures.draw.items()
        },
        data=data,
        folder=context.folder,
        seed=config.seed,
        batch=prepare_inputs(config.model, data, config.get("augment")),
        every=config.figures.every,
        trackers=context.trackers,
        steps=lambda: context.recorder.step,
        # A run of an older version has none.
        formats=config.figures.get("format", PNG),
    )


class FigureCallback(keras.callbacks.Callback):
    """Draws figures every so many epochs, and, by way of `LastFigures`, at the end of training.

    `figures/<name>.png` is always the newest, and so are files of other formats beside it. Those
    drawn while training are kept as `figures/<name>-epoch0005.png` too, epochs counted from 1. A
    figure that fails is a warning in the log. The model is afterwards what it was before, so that
    looking at a run does not alter it.

    Args:
        figures: what to draw, by name.
        data: the data set that the figures show.
        folder: the run folder.
        seed: the run's seed.
        batch: how rows of the data become what the model is given.
        every: epochs between two drawings; `None` draws at the end only.
        trackers: told of each figure.
        steps: says how many steps have been taken.
        formats: of the files, some of `png`, `pdf` and `svg`; PNG is always made.

    Raises:
        UserError: `every` is neither a whole number of at least 1 nor `None`, or there is no such
            format.
    """

    def __init__(
        self,
        figures: Mapping[str, RunFigure],
        data: Dataset,
        folder: Path,
        seed: int,
        batch: BatchPreparation,
        every: int | None,
        trackers: Sequence[Tracker],
        steps: Callable[[], int],
        formats: Sequence[str] | str = PNG,
    ):
        super().__init__()
        whole = isinstance(every, int) and not isinstance(every, bool)
        if every is not None and (not whole or every < 1):
            raise UserError(
                f"figures.every={every} is not a whole number of at least 1: use one, or null to "
                "draw at the end only"
            )
        self.figures = figures
        self.data = data
        self.folder = Path(folder)
        self.seed = seed
        self.batch = batch
        self.every = every
        self.trackers = trackers
        self.steps = steps
        self.formats = checked(formats)
        self.drawn: tuple[int, int] | None = None
        self.seconds = 0.0

    def get_state(self) -> dict[str, Any]:
        """Nothing: a run that goes on may draw other figures."""
        return {}

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Takes nothing over."""

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        if self.every is not None and (epoch + 1) % self.every == 0:
            self.draw_all(f"-epoch{epoch + 1:04d}")

    def draw_last(self) -> None:
        """Draws all figures, unless they are of the model as it is."""
        if self.drawn != self.now():
            self.draw_all()

    def now(self) -> tuple[int, int]:
        """What is equal where a figure would be the same: steps, and a checksum of the weights."""
        model: Any = self.model
        found = 0
        for _, value in keep(model.weights):
            found = zlib.crc32(value.tobytes(), found)
        return self.steps(), found

    def draw_all(self, date: str | None = None) -> None:
        """Draws all figures.

        Args:
            date: added to the names of the copies to keep; `None` keeps none.
        """
        began = clock()
        self.drawn = self.now()
        model: Any = self.model
        subject = Subject(model, self.data, self.folder, self.seed, self.batch)
        kept = keep(state_variables(model))
        for name, figure in self.figures.items():
            try:
                self.draw(name, figure, subject, date)
            except UserError as error:
                log.warning("the figure %s was not drawn: %s", name, error)
            except Exception as error:
                reason = (str(error).strip() or "no message").splitlines()[0][:200]
                # Most often it is of another kind of model than this one.
                log.warning(
                    "the figure %s was not drawn: %s: %s; figures=none or another group leaves "
                    "it out",
                    name,
                    type(error).__name__,
                    reason,
                )
            finally:
                restore(kept)
        self.seconds += clock() - began

    def draw(self, name: str, figure: RunFigure, subject: Subject, date: str | None) -> None:
        """Draws one figure, writes it and tells the trackers."""
        newest = self.folder / "figures" / f"{name}.png"
        newest.parent.mkdir(exist_ok=True)
        write(figure.draw(subject), newest, self.formats)
        if date:
            with replacing(newest.with_name(f"{name}{date}.png")) as temporary:
                shutil.copyfile(newest, temporary)
        for tracker in self.trackers:
            tracker.log_figure(name, newest, self.steps())


class LastFigures(keras.callbacks.Callback):
    """Has the last figures drawn, after callbacks that give a model other weights at the end.

    Args:
        figures: draws them.
    """

    def __init__(self, figures: FigureCallback):
        super().__init__()
        self.figures = figures

    def on_train_end(self, logs: Any = None) -> None:
        self.figures.draw_last()


def seconds_of_figures(callbacks: Iterable[keras.callbacks.Callback]) -> float:
    """How long drawing took within the loop that has these callbacks."""
    return sum(one.seconds for one in callbacks if isinstance(one, FigureCallback))
