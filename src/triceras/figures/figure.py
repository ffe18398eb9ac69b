"""The contract of a figure: what it is given, and what it gives back."""

import abc
import dataclasses
from pathlib import Path
from typing import Any

import keras

from triceras.data.batch import Batch, BatchPreparation
from triceras.data.dataset import Dataset
from triceras.figures.types import Figure


@dataclasses.dataclass(frozen=True)
class Subject:
    """What a figure may show.

    Args:
        model: the trained model, its values current.
        data: its data set.
        folder: the run folder, with `steps.csv` and `epochs.csv`.
        seed: the run's seed, from which a figure's own noise follows.
        batch: how rows of the data become what the model is given.
    """

    model: keras.Model
    data: Dataset
    folder: Path
    seed: int
    batch: BatchPreparation

    def test_batch(self, rows: Any = slice(None)) -> Batch:
        """Rows of the test data, as the model is given them; by default all."""
        return self.batch.for_testing(self.data.test.take(rows, self.batch.parts))


class RunFigure(abc.ABC):
    """Draws one picture of a run. Looking at a run changes nothing in it."""

    @abc.abstractmethod
    def draw(self, subject: Subject) -> Figure:
        """Draws the picture.

        Returns:
            A `matplotlib.figure.Figure`, made without pyplot, so that nothing global is touched.
        """
