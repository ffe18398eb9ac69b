"""How many latent coordinates an encoder uses."""

import keras
import numpy as np

from triceras.data import Split
from triceras.engines import compiled

THRESHOLD = 0.01


def active_units(
    model: keras.Model, data: Split, inputs: str = "image", threshold: float = THRESHOLD
) -> dict[str, float]:
    """Counts the latent coordinates whose posterior mean varies over the data.

    Args:
        model: has `encode(x) -> (mean, log_variance)`.
        data: what to encode.
        inputs: the part that the model is given.
        threshold: a coordinate is active where the variance of its posterior mean is above it.

    Returns:
        `{"active_units": count}`.

    Reference:
        [Burda, Grosse and Salakhutdinov, 2015](https://arxiv.org/abs/1509.00519), section 5.2.
    """
    encode = compiled(model.encode, model)
    means = [
        keras.ops.convert_to_numpy(encode(data[inputs][start : start + 1000])[0])
        for start in range(0, len(data), 1000)
    ]
    variance = np.var(np.concatenate(means), axis=0)
    return {"active_units": float(np.sum(variance > threshold))}
