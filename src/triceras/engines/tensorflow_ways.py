"""The ways in which TensorFlow computes a function: by operations, as a graph, and by XLA."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Any

import tensorflow as tf

from triceras.engines.projected_lstm import projected_at_once
from triceras.engines.tensorflow_activations import short_gradients
from triceras.engines.tensorflow_draws import drawing_by, random_bits
from triceras.engines.tensorflow_normalization import one_kernel


def ways() -> dict[str, Callable[..., Any]]:
    """See `triceras.engines.ways`."""
    return {"eager": eager, "graph": graph, "compiled": compiled}


def eager(function: Callable[..., Any], places: Sequence[int], inputs: Sequence[Any]) -> Any:
    """Calls it as it is."""
    return differentiated(function, places)(*inputs)


def graph(function: Callable[..., Any], places: Sequence[int], inputs: Sequence[Any]) -> Any:
    """Makes a graph of it, as of a step on images, which XLA does not compile on a CPU."""

    def outside_xla(*tensors: Any) -> Any:
        with ExitStack() as stack:
            stack.enter_context(drawing_by(random_bits))
            stack.enter_context(one_kernel())
            stack.enter_context(short_gradients())
            return differentiated(function, places)(*tensors)

    return tf.function(outside_xla, autograph=False)(*inputs)


def compiled(function: Callable[..., Any], places: Sequence[int], inputs: Sequence[Any]) -> Any:
    """Has XLA compile it."""

    def inside_xla(*tensors: Any) -> Any:
        with projected_at_once():
            return differentiated(function, places)(*tensors)

    return tf.function(inside_xla, autograph=False, jit_compile=True)(*inputs)


def differentiated(function: Callable[..., Any], places: Sequence[int]) -> Callable[..., Any]:
    """A function that gives its gradients as well."""

    def both(*inputs: Any) -> tuple[Any, Any]:
        by = [inputs[place] for place in places]
        with tf.GradientTape() as tape:
            tape.watch(by)
            total, results = function(*inputs)
        gradients = tape.gradient(total, by, unconnected_gradients=tf.UnconnectedGradients.ZERO)
        return results, [tf.convert_to_tensor(gradient) for gradient in gradients]

    return both
