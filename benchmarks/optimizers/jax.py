"""Adam in JAX, with the settings of our model's."""

from typing import Any

import optax


def optimizer_of(settings: dict[str, Any]) -> optax.GradientTransformation:
    """Adam with the settings of one of our model's."""
    rate = settings["learning_rate"]
    if settings["decay_steps"]:
        rate = optax.cosine_decay_schedule(rate, settings["decay_steps"], settings["alpha"])
    moments = settings["beta_1"], settings["beta_2"], settings["epsilon"]
    if settings["weight_decay"]:
        return optax.adamw(rate, *moments, weight_decay=settings["weight_decay"])
    return optax.adam(rate, *moments)
