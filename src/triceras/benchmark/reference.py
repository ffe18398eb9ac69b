"""What our engine begins with and computes, for hand-written code to be checked against."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import keras
import numpy as np
from keras.src import backend
from omegaconf import DictConfig

from triceras import engines
from triceras.benchmark.inputs import Inputs
from triceras.benchmark.keras_side import Ours, Subject
from triceras.data.augment import FreshBernoulli
from triceras.data.parts import inputs_of, labels_of
from triceras.engines.state import keep, restore, state_variables
from triceras.random.bits import uniform_from_key


def reference(
    config: DictConfig, path: Path, steps_per_call: int, check_steps: int
) -> dict[str, Any]:
    """Writes `Inputs` to a file, with the noise of the first steps if some are to be checked.

    Returns:
        `device`, and the `losses` of our engine in the first `check_steps` steps.
    """
    subject = Subject(config, "portable")
    Inputs(
        weights=[
            np.array(keras.ops.convert_to_numpy(v)) for v in subject.model.trainable_variables
        ],
        x=subject.data.train[inputs_of(subject.data)][:],
        y=subject.data.train[labels_of(subject.data)][:],
        indices=subject.steps.indices,
        optimizer={
            name: float(config.optimizer[name])
            for name in ("learning_rate", "beta_1", "beta_2", "epsilon")
        },
        steps_per_call=steps_per_call,
        seed=config.seed,
        noise=noise_of(subject, check_steps) if check_steps else {},
    ).save(path)
    losses = Ours(subject, check_steps, 0)(0, check_steps).tolist() if check_steps else []
    return {"device": engines.module().device(), "losses": losses}


def noise_of(subject: Subject, steps: int) -> dict[str, np.ndarray]:
    """The random numbers that the model draws in its first steps, which are not taken.

    They follow from the random counters alone, whatever the weights are by then.

    Returns:
        Arrays `(steps, *shape)`: `normal`, drawn in the model, and `uniform`, with which the batch
        is binarized; each only where there are such.
    """
    kept = keep(state_variables(subject.model))
    with recorded_normals() as normals:
        for inputs, *_ in subject.batches(0, steps):
            subject.model(inputs)
    restore(kept)
    noise = {"normal": np.stack(normals)} if normals else {}
    drawing = [one for one in subject.data.augment if isinstance(one, FreshBernoulli)]
    if drawing:
        chunk = subject.chunk(0, steps)
        shape = (chunk.indices.shape[1], *subject.data.train.shape(drawing[0].part))
        noise["uniform"] = np.stack([uniform_from_key(key, shape, np) for key in chunk.keys])
    return noise


@contextlib.contextmanager
def recorded_normals() -> Iterator[list[np.ndarray]]:
    """Collects what Keras draws from the normal distribution meanwhile."""
    drawn: list[np.ndarray] = []
    normal = backend.random.normal

    def record(*args: Any, **kwargs: Any) -> Any:
        numbers = normal(*args, **kwargs)
        drawn.append(np.array(keras.ops.convert_to_numpy(numbers)))
        return numbers

    with mock.patch.object(backend.random, "normal", record):
        yield drawn
