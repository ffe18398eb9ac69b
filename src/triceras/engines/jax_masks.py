"""Models of Keras's `fit` on JAX, called as on other backends, and the masks of their outputs."""

import contextlib
import functools
from collections.abc import Callable, Iterator
from typing import Any

import keras
from keras.src.backend.common.masking import get_keras_mask, set_keras_mask
from keras.src.backend.jax.trainer import JAXTrainer


def keep_masks() -> None:
    """Mends Keras's training step, for all models. Calling it again changes nothing.

    On JAX alone it calls the method `call` and not the model, so that the model's own mask, the
    types of its own weights, its `activity_regularizer`, and what its layers are told of `training`
    where `call` does not hand it on, were other ones.

    A mask is an attribute of a tensor, and JAX hands on other tensors than the outputs that it
    differentiated: the loss leaves out what is masked, and Keras's metrics count it in training.
    """
    step: Any = JAXTrainer.train_step
    if not hasattr(step, "__wrapped__"):
        JAXTrainer.train_step = with_masks(step)
        for name in ("compute_loss_and_updates", "predict_step"):
            setattr(JAXTrainer, name, calling_the_model(getattr(JAXTrainer, name)))


def calling_the_model(method: Any) -> Any:
    """A method of `JAXTrainer` whose `stateless_call` calls the model itself."""

    @functools.wraps(method)
    def called(self: Any, *arguments: Any, **options: Any) -> Any:
        with instead(self, stateless_call=functools.partial(stateless_call, self)):
            return method(self, *arguments, **options)

    return called


def stateless_call(model: Any, *arguments: Any, **options: Any) -> Any:
    """`model.stateless_call` by way of all that Keras does around `call`."""

    def whole(*inputs: Any, **told: Any) -> Any:
        with instead(model, call=before):
            return model(*inputs, **told)

    before = model.call
    with instead(model, call=whole):
        return type(model).stateless_call(model, *arguments, **options)


@contextlib.contextmanager
def instead(model: Any, **attributes: Any) -> Iterator[None]:
    """Lets a model have other attributes within; not by setattr, as a layer looks at them all."""
    before = {name: vars(model)[name] for name in attributes if name in vars(model)}
    vars(model).update(attributes)
    try:
        yield
    finally:
        for name in attributes:
            vars(model).pop(name, None)
        vars(model).update(before)


def with_masks(step: Any) -> Any:
    """`JAXTrainer.train_step` whose metrics see the masks."""

    @functools.wraps(step)
    def train_step(self: Any, state: Any, data: Any) -> Any:
        names = ("compute_loss_and_updates", "_update_metrics_variables")
        compute, update = (getattr(self, name) for name in names)

        def update_masked(metrics: Any, loss: Any, x: Any, y: Any, outputs: Any, weights: Any):
            return update(metrics, loss, x, y, masked(outputs), weights)

        with instead(self, **dict(zip(names, (beside_masks(compute), update_masked), strict=True))):
            return step(self, state, data)

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
