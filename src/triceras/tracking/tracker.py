"""The contract of a tracker: who is told what a run did."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np


class Tracker:
    """Is told of everything that a run measures; keeps nothing by itself.

    A tracker never stops a run: what it cannot keep or send it logs as one line and goes on. Only
    `start` may raise, a `UserError`, where what was asked for cannot be had at all. The methods
    are called in this order: `start`, then any of the `log_` ones, then `finish`, once, whatever
    happened.
    """

    def start(self, folder: Path, config: Mapping[str, Any], run: Mapping[str, Any]) -> None:
        """Begins a run.

        Args:
            folder: the run folder; it exists.
            config: the whole configuration, resolved.
            run: what is in `run.json`; holds at least `id`, `experiment`, `backend`, `loop` and
                `seed`, and `resumed_from`: `None`, or for a run that goes on a dictionary that
                holds the `step` and the `epoch` that come next. A tracker may add to the file
                what identifies the run on its side.
        """

    def log_steps(self, first_step: int, values: Mapping[str, np.ndarray]) -> None:
        """Takes consecutive training steps.

        Args:
            first_step: number of the first of them; steps count from 0.
            values: arrays `(steps,)`: `loss`, and running metrics.
        """

    def log_epoch(self, epoch: int, step: int, metrics: Mapping[str, float]) -> None:
        """Takes the results of an epoch.

        Args:
            epoch: counts from 0.
            step: how many steps have been taken in all.
            metrics: `<metric>` and `val_<metric>`.
        """

    def log_figure(self, name: str, path: Path, step: int) -> None:
        """Takes a figure.

        Args:
            name: what it shows, for example `reconstructions`.
            path: the PNG, in the run folder.
            step: how many steps had been taken when it was drawn.
        """

    def log_text(self, name: str, path: Path) -> None:
        """Takes a text.

        Args:
            name: what it is about, for example `model`.
            path: the file, in the run folder.
        """

    def sync(self) -> None:
        """Sees to it that what was told is on the disk; a checkpoint is about to be written.

        What a resumed run had been told of before its checkpoint is not told again.
        """

    def finish(self, status: str, summary: Mapping[str, Any], checkpoint: Path | None) -> None:
        """Ends a run.

        Args:
            status: `finished`, `failed` or `interrupted`.
            summary: what is in `summary.json`.
            checkpoint: the final checkpoint, or `None` where there is none.
        """
