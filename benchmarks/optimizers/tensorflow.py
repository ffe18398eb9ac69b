"""Adam in TensorFlow, with the settings of our model's."""

import math
from collections.abc import Sequence
from typing import Any

import tensorflow as tf


def rate_after(settings: dict[str, Any], steps: Any) -> Any:
    """The learning rate after so many steps: a number, or a tensor where it falls."""
    rate, decay_steps, alpha = (settings[k] for k in ("learning_rate", "decay_steps", "alpha"))
    if not decay_steps:
        return rate
    done = tf.minimum(tf.cast(steps, tf.float32) / decay_steps, 1.0)
    return rate * (alpha + (1 - alpha) * 0.5 * (1 + tf.cos(math.pi * done)))


def decay(own: Sequence[tf.Variable], settings: dict[str, Any], steps: Any) -> None:
    """Takes the decay off the weights."""
    if settings["weight_decay"]:
        for weight in own:
            weight.assign_sub(weight * (rate_after(settings, steps) * settings["weight_decay"]))


def adam(settings: Any, k: Any, weights: Any, means: Any, squares: Any, gradients: Any) -> Any:
    """What Adam makes of weights, means and squares in step `k`."""
    beta_1, beta_2, epsilon = (settings[name] for name in ("beta_1", "beta_2", "epsilon"))
    t = tf.cast(k + 1, tf.float32)
    rate = rate_after(settings, k)
    step_size = rate * tf.sqrt(1 - beta_2**t) / (1 - beta_1**t)
    kept = 1 - rate * settings["weight_decay"]
    means = [m + (g - m) * (1 - beta_1) for m, g in zip(means, gradients, strict=True)]
    squares = [s + (g * g - s) * (1 - beta_2) for s, g in zip(squares, gradients, strict=True)]
    weights = [
        w * kept - step_size * m / (tf.sqrt(s) + epsilon)
        for w, m, s in zip(weights, means, squares, strict=True)
    ]
    return weights, means, squares


def dense(gradients: Sequence[Any]) -> list[Any]:
    """Gradients of which none is a list of rows, as that of an embedding is."""
    return [tf.convert_to_tensor(gradient) for gradient in gradients]
