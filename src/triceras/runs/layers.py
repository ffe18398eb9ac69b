"""Shows what a run trains: on the terminal, and whole in `model.txt`."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
from omegaconf import DictConfig

from triceras.data.tree import map_tree
from triceras.modelling.layer_table import Row, Shapes, rows_of, table_of
from triceras.modelling.learning_rates import factors_of
from triceras.runs.folder import replacing
from triceras.tracking.tracker import Tracker

FILE = "model.txt"
# What a person sees at a glance.
LINES = 40


class ShowLayers(keras.callbacks.Callback):
    """Writes the table of a model's layers when its training begins.

    Only then is everything told that may be wrong with a first batch.

    Args:
        folder: the run folder.
        inputs: what the model is called with, a tree of `keras.KerasTensor`s.
        config: of the run.
        trackers: told of the file.
        shapes: what the layers returned in a batch that was tried, by `id`, filled by then; where
            one is not there, or inputs have a size that is open, the model is traced for them.
    """

    def __init__(
        self,
        folder: Path,
        inputs: Any,
        config: DictConfig,
        trackers: Sequence[Tracker] = (),
        shapes: Mapping[int, Shapes] | None = None,
    ):
        super().__init__()
        self.folder = folder
        self.trackers = trackers
        self.inputs = map_tree(
            lambda one: keras.KerasTensor((config.batch_size, *one.shape[1:]), one.dtype), inputs
        )
        is_open = any(None in each.shape for each in keras.tree.flatten(self.inputs))
        self.shapes = None if is_open else shapes
        self.learning_rates = config.model.get("learning_rates") or {}

    def on_train_begin(self, logs: Any = None) -> None:
        factors = factors_of(self.model, self.learning_rates)
        rows = rows_of(self.model, self.inputs, factors, self.shapes)
        with replacing(self.folder / FILE) as temporary:
            temporary.write_text("\n".join(table_of(self.model, rows)) + "\n")
        for tracker in self.trackers:
            tracker.log_text(Path(FILE).stem, self.folder / FILE)
        lines = table_of(self.model, rows, deepest(rows))
        if len(lines) > LINES:
            left = len(lines) - LINES + 1
            more = f"... {left} more layers, in {self.folder / FILE}"
            lines = [*lines[: LINES - 2], more, lines[-1]]
        print("\n".join(lines))


def deepest(rows: list[Row]) -> int:
    """How deep a table may look into layers and still be seen at a glance; 0 in the end."""
    fits = [
        depth
        for depth in sorted({row.depth for row in rows})
        if sum(row.depth <= depth for row in rows) <= LINES - 2
    ]
    return max(fits, default=0)
