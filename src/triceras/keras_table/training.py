"""Trains the models of the table on the backend of this process."""

import contextlib
import logging
from collections.abc import Iterator

import keras
import numpy as np

from triceras.errors import one_line
from triceras.keras_table.case import BATCH_SIZE, EPOCHS, Case, targets
from triceras.testing.loops import run_loop, split_of

Curve = list[float]


def trained(case: Case, loop: str, seed: int = 0) -> Curve:
    """The loss of each step, of the validation after each epoch, and of the finished model.

    Args:
        case: what is trained.
        loop: a key of `triceras.testing.loops.LOOPS`.
        seed: of the initial weights and of the noise.
    """
    generator = np.random.default_rng(0)
    x, y = case.inputs(generator), targets(generator)
    keras.utils.set_random_seed(seed)
    model = case.build()
    validation = split_of(x[:16], y[:16])
    done = run_loop(model, x, y, loop, BATCH_SIZE, EPOCHS, validation)
    last = done.loop.evaluate(validation)["loss"]
    return [*map(float, done.losses), *map(float, done.history.history["val_loss"]), last]


def tried(case: Case, loop: str) -> dict:
    """The curve of a model, or the error in the place of one, and what was said beside it."""
    with noted() as notes:
        try:
            outcome: dict = {"curve": trained(case, loop)}
        except Exception as error:
            outcome = {"error": f"{type(error).__name__}: {one_line(error)}"}
    return outcome | {"notes": notes}


@contextlib.contextmanager
def noted() -> Iterator[list[str]]:
    """Collects the warnings of this package."""
    notes: list[str] = []
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: notes.append(record.getMessage())
    log = logging.getLogger("triceras")
    log.addHandler(handler)
    try:
        yield notes
    finally:
        log.removeHandler(handler)
