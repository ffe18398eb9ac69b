"""Recurrent layers that go on in a batch where they were at the end of the last (`stateful`)."""

import functools
from typing import Any

import keras
from keras import ops

from triceras.errors import UserError


def stateful_layers(model: keras.Model) -> list[Any]:
    """The layers of a model that do."""
    layers = model._flatten_layers()
    return [v for v in layers if isinstance(v, keras.layers.RNN) and v.stateful and v.states]


def recurrent_states(model: keras.Model) -> list[keras.Variable]:
    """Where they are, which Keras counts among no variables of a model."""
    return [v for layer in stateful_layers(model) for v in keras.tree.flatten(layer.states)]


def prepare_for_fit(model: keras.Model) -> None:
    """Lets `fit` of Keras train a model with such layers.

    Raises:
        UserError: it cannot.
    """
    for layer in stateful_layers(model):
        if keras.backend.backend() == "jax":
            raise UserError(
                f"the layer {layer.name!r} is stateful, and fit on JAX forgets its state after "
                "each batch: use loop=custom, or another backend"
            )
        if keras.backend.backend() == "torch" and "inner_loop" not in vars(layer):
            # PyTorch would need, for the gradient, the state that is then overwritten in place.
            layer.inner_loop = functools.partial(from_a_copy, layer.inner_loop)


def from_a_copy(inner_loop: Any, sequences: Any, initial_state: Any, *args: Any, **kwargs: Any):
    """A layer's `inner_loop` that begins with a copy of the state."""
    copied = keras.tree.map_structure(ops.copy, initial_state)
    return inner_loop(sequences, copied, *args, **kwargs)
