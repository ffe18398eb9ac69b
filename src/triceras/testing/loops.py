"""A few steps of any compiled model in each loop, without a configuration or a run folder."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np

from triceras.data.batch import BatchPreparation
from triceras.data.dataset import Dataset, Split
from triceras.loops.custom import CustomLoop
from triceras.loops.fit import FitLoop
from triceras.loops.job import Job
from triceras.loops.recorder import Recorder
from triceras.loops.schedule import Schedule

LOOPS: dict[str, Callable[..., Any]] = {
    "custom": CustomLoop,
    "fit": FitLoop,
    "fit_custom_step": lambda job: FitLoop(job, custom_step=True),
}


@dataclasses.dataclass
class Trained:
    """A training that is over.

    Args:
        loop: what trained.
        losses: of each step.
        history: Keras's.
    """

    loop: Any
    losses: np.ndarray
    history: keras.callbacks.History


def run_loop(
    model: keras.Model,
    x: np.ndarray,
    y: np.ndarray,
    loop: str,
    batch_size: int = 8,
    epochs: int = 1,
    validation: Split | None = None,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    compile: bool = True,
    targets: str = "y",
) -> Trained:
    """Trains a model on arrays.

    Args:
        model: built and compiled.
        x: inputs, the part `x`.
        y: targets, the part `y`.
        loop: a key of `LOOPS`.
        batch_size: examples in a step.
        epochs: passes over the data.
        validation: what it is validated on after each epoch; see `split_of`.
        callbacks: of Keras.
        compile: `False` trains operation by operation.
        targets: which of the two parts is predicted.
    """
    losses = []
    split = split_of(x, y)
    job = Job(
        model,
        Dataset("arrays", split, validation, split),
        BatchPreparation("x", targets),
        Schedule(0, len(x), batch_size, epochs, None),
        batch_size,
        list(callbacks),
        Recorder([lambda step, values: losses.extend(values["loss"])]),
        compile=compile,
        progress_bar=False,
    )
    running = LOOPS[loop](job)
    history = running.train()
    return Trained(running, np.array(losses), history)


def split_of(x: np.ndarray, y: np.ndarray) -> Split:
    """Inputs and targets as parts of these names."""
    return Split({"x": x, "y": y})


def train(*args: Any, **kwargs: Any) -> tuple[np.ndarray, keras.callbacks.History]:
    """The loss of each step of `run_loop`, and Keras's `History`."""
    done = run_loop(*args, **kwargs)
    return done.losses, done.history
