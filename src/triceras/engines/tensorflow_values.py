"""Variables on TensorFlow that are read where a model asks for their value."""

import contextlib
import functools
from collections.abc import Iterator
from typing import Any

import tensorflow as tf
from keras.src.backend.tensorflow import core
from keras.src.backend.tensorflow.core import Variable
from keras.src.backend.tensorflow.trainer import TensorFlowTrainer

from triceras.data.batch import Batch
from triceras.engines.objective import Objective
from triceras.patching import patched


@contextlib.contextmanager
def read_at_once() -> Iterator[None]:
    """Has the value of a variable be read where it is asked for, within.

    Keras on TensorFlow gives the variable itself, which each operation on it then reads: what a
    model has taken of a queue before it fills it anew would be the new numbers, without a word. On
    the other backends a value is one.
    """
    own: Any = Variable.value
    convert = core.convert_to_tensor

    def value(variable: Any) -> Any:
        held = own.fget(variable)
        return tf.convert_to_tensor(held) if isinstance(held, tf.Variable) else held

    @functools.wraps(convert)
    def converted(x: Any, *args: Any, **kwargs: Any) -> Any:
        read = tf.convert_to_tensor(x.value) if isinstance(x, Variable) else x
        return convert(read, *args, **kwargs)

    with (
        patched(Variable, "value", property(value)),
        patched(Variable, "handle", property(lambda variable: variable._value.handle)),
        patched(core, "convert_to_tensor", converted),
    ):
        yield


@contextlib.contextmanager
def left_alone() -> Iterator[None]:
    """Has variables give themselves within `read_at_once`, as an optimizer wants them."""
    own: Any = super(Variable, Variable).value
    with patched(Variable, "value", own):
        yield


def loss_of(objective: Objective, batch: Batch, training: bool) -> Any:
    """The loss of an objective, for which variables are read at once."""
    with read_at_once():
        return objective.loss(batch, training)


def read_at_once_in_steps() -> None:
    """Mends the steps of Keras's own, for all models. Calling it again changes nothing."""
    for name in ("train_step", "test_step", "predict_step"):
        step = getattr(TensorFlowTrainer, name)
        if not hasattr(step, "__wrapped__"):
            setattr(TensorFlowTrainer, name, reading_at_once(step))


def with_zeros(gradients: Any, variables: Any) -> Any:
    """Gradients with zeros of what a step does not use, as on JAX: it goes on by its momentum."""
    # Where it uses none Keras says so.
    if variables is None or all(gradient is None for gradient in gradients):
        return gradients
    pairs = zip(gradients, variables, strict=True)
    return [tf.zeros_like(v._value) if gradient is None else gradient for gradient, v in pairs]


def reading_at_once(step: Any) -> Any:
    """A step of a model in which variables are read at once, but by its optimizer.

    It updates at the end, so that a metric that reads a weight has it as it was for the outputs.
    """

    @functools.wraps(step)
    def reading(self: Any, *args: Any, **kwargs: Any) -> Any:
        optimizer = getattr(self, "optimizer", None)
        if optimizer is None:
            with read_at_once():
                return step(self, *args, **kwargs)
        updates = []

        def note(gradients: Any, variables: Any = None) -> Any:
            updates.append((with_zeros(gradients, variables), variables))
            return optimizer.iterations

        with read_at_once():
            with patched(optimizer, "apply", note):
                results = step(self, *args, **kwargs)
            with left_alone():
                for update in updates:
                    optimizer.apply(*update)
        return results

    return reading
