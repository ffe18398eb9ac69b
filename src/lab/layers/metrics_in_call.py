"""Lets layers update metrics in `call`, under Keras's own `fit` on JAX as everywhere else."""

from typing import Any

import keras

from triceras.engines import compute_loss_and_updates


def allow_metrics_in_call() -> None:
    """Makes `fit` and `evaluate` keep what layers count in metrics during the forward pass.

    On TensorFlow and PyTorch they do so anyway. On JAX, Keras runs the forward pass without the
    values of the metrics, which ends in an error: there, this replaces a method of `keras.Model`
    by one that does the same in a single scope. For models without such layers nothing changes.
    """
    if keras.backend.backend() == "jax":
        model: Any = keras.Model
        model.compute_loss_and_updates = compute_loss_and_updates
