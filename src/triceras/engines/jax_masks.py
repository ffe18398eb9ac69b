"""Models of Keras's `fit` on JAX, called as on other backends, and what their metrics see."""

import contextlib
import functools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import keras
from keras.src.backend.common.masking import get_keras_mask, set_keras_mask
from keras.src.backend.jax.core import Variable
from keras.src.backend.jax.trainer import JAXTrainer

from triceras.engines.own_steps import READS_OTHERS
from triceras.engines.state import keep
from triceras.patching import patched


def keep_masks() -> None:
    """Mends Keras's training step, for all models. Calling it again changes nothing.

    On JAX alone it calls the method `call` and not the model, so that the model's own mask, the
    types of its own weights, its `activity_regularizer`, and what its layers are told of `training`
    where `call` does not hand it on, were other ones.

    A mask is an attribute of a tensor, and JAX hands on other tensors than the outputs that it
    differentiated: the loss leaves out what is masked, and Keras's metrics count it in training.
    And of a weight that a metric reads it knew nothing.
    """
    step: Any = JAXTrainer.train_step
    if not hasattr(step, "__wrapped__"):
        JAXTrainer.train_step = with_masks(step)
        JAXTrainer.test_step = with_weights(JAXTrainer.test_step)
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


def seeing(model: Any, trainable: Any) -> contextlib.AbstractContextManager[None]:
    """Lets the metrics of a step see masks, and the variables of the model.

    Args:
        model: compiled.
        trainable: the values of what it trains, before the step.
    """
    names = ("compute_loss_and_updates", "_update_metrics_variables")
    compute, update = (getattr(model, name) for name in names)

    def update_seeing(metrics: Any, loss: Any, x: Any, y: Any, outputs: Any, weights: Any) -> Any:
        with holding(seen_by_metrics(model, trainable, outputs)):
            return update(metrics, loss, x, y, masked(outputs), weights)

    parts = dict(zip(names, (beside_masks(compute), update_seeing), strict=True))
    return instead(model, **parts)


def with_masks(step: Any) -> Any:
    """`JAXTrainer.train_step` whose metrics see the masks, and the weights before the update.

    They, and the loss, may read what the optimizer has, as the number of the step.
    """

    @functools.wraps(step)
    def train_step(self: Any, state: Any, data: Any) -> Any:
        with seeing(self, state[0]), holding_optimizer(self, state):
            return step(self, state, data)

    return train_step


def with_weights(step: Any) -> Any:
    """`JAXTrainer.test_step` whose metrics see the weights; notes what else it reads."""

    @functools.wraps(step)
    def test_step(self: Any, state: Any, data: Any) -> Any:
        known = [*self.trainable_variables, *self.non_trainable_variables, *self.metrics_variables]
        ids = set(map(id, known))
        with seeing(self, state[0]), noting_reads() as read:
            results = step(self, state, data)
        vars(self)[READS_OTHERS] = keep([v for v in read.values() if id(v) not in ids])
        return results

    return test_step


@contextlib.contextmanager
def noting_reads() -> Iterator[dict[int, keras.Variable]]:
    """Notes the variables that are read within, by their ids."""
    found: dict[int, keras.Variable] = {}
    own: Any = Variable.value

    def value(variable: Any) -> Any:
        found[id(variable)] = variable
        return own.fget(variable)

    with patched(Variable, "value", property(value)):
        yield found


def seen_by_metrics(model: Any, trainable: Any, outputs: Any) -> list[tuple[keras.Variable, Any]]:
    """The variables of a model that a metric may read, with what they are to it in a step.

    Args:
        model: compiled.
        trainable: the values of what it trains, before the update, as everywhere else.
        outputs: what `beside_masks` gives, with what the step has assigned to all else.
    """
    return [
        *zip(model.trainable_variables, trainable, strict=True),
        *zip(model.non_trainable_variables, outputs[-1], strict=True),
    ]


def holding_optimizer(model: Any, state: Any) -> contextlib.AbstractContextManager[None]:
    """Lets the optimizer's variables hold what they are before a training step.

    Args:
        model: compiled.
        state: what `JAXTrainer.train_step` was given.
    """
    return holding(list(zip(model.optimizer.variables, state[2], strict=True)))


@contextlib.contextmanager
def holding(values: Sequence[tuple[keras.Variable, Any]]) -> Iterator[None]:
    """Lets variables hold values within, as in `fit` they hold none."""
    before = [variable._value for variable, _ in values]
    for variable, value in values:
        variable._value = value
    try:
        yield
    finally:
        for (variable, _), value in zip(values, before, strict=True):
            variable._value = value


def beside_masks(compute: Callable[..., Any]) -> Callable[..., Any]:
    """`compute_loss_and_updates` that gives, in the outputs' place, what metrics see.

    These are the outputs, their masks, and the new values of variables that are not trained.
    """

    def compute_beside_masks(*arguments: Any, **options: Any) -> Any:
        scaled_loss, (loss, y_pred, updated, metrics) = compute(*arguments, **options)
        masks = [get_keras_mask(tensor) for tensor in keras.tree.flatten(y_pred)]
        return scaled_loss, (loss, (y_pred, masks, updated), updated, metrics)

    return compute_beside_masks


def masked(outputs: tuple[Any, list[Any], Any]) -> Any:
    """Outputs that have their masks again."""
    y_pred, masks, _ = outputs
    for tensor, mask in zip(keras.tree.flatten(y_pred), masks, strict=True):
        if mask is not None:
            set_keras_mask(tensor, mask)
    return y_pred
