"""Masks of outputs, which metrics of Keras's `fit` are to see on JAX too."""

import functools
from collections.abc import Callable
from typing import Any

import keras
from keras.src.backend.common.masking import get_keras_mask, set_keras_mask
from keras.src.backend.jax.trainer import JAXTrainer


def keep_masks() -> None:
    """Mends Keras's training step, for all models. Calling it again changes nothing.

    A mask is an attribute of a tensor, and JAX hands on other tensors than the outputs that it
    differentiated: the loss leaves out what is masked, and Keras's metrics count it in training.
    """
    step: Any = JAXTrainer.train_step
    if not hasattr(step, "__wrapped__"):
        JAXTrainer.train_step = with_masks(step)


def with_masks(step: Any) -> Any:
    """`JAXTrainer.train_step` whose metrics see the masks."""

    @functools.wraps(step)
    def train_step(self: Any, state: Any, data: Any) -> Any:
        names = ("compute_loss_and_updates", "_update_metrics_variables")
        compute, update = (getattr(self, name) for name in names)
        before = {name: vars(self)[name] for name in names if name in vars(self)}

        def update_masked(metrics: Any, loss: Any, x: Any, y: Any, outputs: Any, weights: Any):
            return update(metrics, loss, x, y, masked(outputs), weights)

        # Not by setattr, as a layer looks at all that it is given.
        vars(self).update(zip(names, (beside_masks(compute), update_masked), strict=True))
        try:
            return step(self, state, data)
        finally:
            for name in names:
                del vars(self)[name]
            vars(self).update(before)

    return train_step


def beside_masks(compute: Callable[..., Any]) -> Callable[..., Any]:
    """`compute_loss_and_updates` that gives the outputs and their masks in the outputs' place."""

    def compute_beside_masks(*arguments: Any, **options: Any) -> Any:
        scaled_loss, (loss, y_pred, *updates) = compute(*arguments, **options)
        masks = [get_keras_mask(tensor) for tensor in keras.tree.flatten(y_pred)]
        return scaled_loss, (loss, (y_pred, masks), *updates)

    return compute_beside_masks


def masked(outputs: tuple[Any, list[Any]]) -> Any:
    """Outputs that have their masks again."""
    y_pred, masks = outputs
    for tensor, mask in zip(keras.tree.flatten(y_pred), masks, strict=True):
        if mask is not None:
            set_keras_mask(tensor, mask)
    return y_pred
