"""What our engine begins with and computes, for hand-written code to be checked against."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
from omegaconf import DictConfig

from triceras import engines
from triceras.benchmark.adam import settings_of
from triceras.benchmark.draws import DrawMade, begun, drawn
from triceras.benchmark.inputs import Inputs
from triceras.benchmark.keras_side import Subject
from triceras.data.augment import FreshBernoulli
from triceras.data.parts import inputs_of, labels_of
from triceras.engines.objective import objectives_of
from triceras.random.bits import uniform_from_key


def reference(
    config: DictConfig, path: Path, steps_per_call: int, check_steps: int
) -> dict[str, Any]:
    """Writes `Inputs` to a file, with the noise of the first steps if some are to be checked.

    Returns:
        `device`, and the `losses` of our engine in the first `check_steps` steps.
    """
    subject = Subject(config, "portable")
    weights = [np.array(keras.ops.convert_to_numpy(v)) for v in subject.model.trainable_variables]
    ours, draws = begun(subject, check_steps) if check_steps else (None, [])
    Inputs(
        weights=weights,
        x=subject.data.train[inputs_of(subject.data)][:],
        y=subject.data.train[labels_of(subject.data)][:],
        indices=subject.steps.indices,
        optimizers=[settings_of(objective.optimizer) for objective in objectives_of(subject.model)],
        steps_per_call=steps_per_call,
        seed=config.seed,
        noise=noise_of(subject, draws, check_steps) if ours else {},
    ).save(path)
    losses = ours(0, check_steps).tolist() if ours else []
    return {"device": engines.module().device(), "losses": losses}


def noise_of(subject: Subject, draws: Sequence[DrawMade], steps: int) -> dict[str, np.ndarray]:
    """The random numbers that the model draws in its first steps, which are not taken.

    Args:
        subject: with the model.
        draws: those of a step.
        steps: how many.

    Returns:
        Arrays `(steps, *shape)`, as `Inputs` has them: those that are drawn in the model, and
        `uniform`, with which the batch is binarized; each only where there are such.
    """
    noise = drawn(draws, subject.model, steps)
    drawing = [one for one in subject.data.augment if isinstance(one, FreshBernoulli)]
    if drawing:
        chunk = subject.chunk(0, steps)
        shape = (chunk.indices.shape[1], *subject.data.train.shape(drawing[0].part))
        noise["uniform"] = np.stack([uniform_from_key(key, shape, np) for key in chunk.keys])
    return noise
