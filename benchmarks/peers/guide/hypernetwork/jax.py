"""The hypernetwork of `experiment=guide/hypernetwork` in JAX."""

from typing import Any

import jax
import jax.numpy as jnp

from benchmarks.loops.jax import contenders

CLASSES = 10


def loss_of(weights: list[Any], x: Any, y: Any, draw: Any) -> Any:
    """Cross-entropy of classifiers, one for each image, whose weights are generated."""
    *hidden_layers, (kernel, bias) = zip(weights[::2], weights[1::2], strict=True)
    features = x
    for hidden_kernel, hidden_bias in hidden_layers:
        features = jax.nn.relu(features @ hidden_kernel + hidden_bias)
    generated = jax.nn.sigmoid(features @ kernel + bias)
    batch, pixels = x.shape
    # All generated numbers: units * pixels + units + CLASSES * units + CLASSES.
    units = (generated.shape[1] - CLASSES) // (pixels + 1 + CLASSES)
    ends = [pixels * units, (pixels + 1) * units, (pixels + 1 + CLASSES) * units]
    w0, b0, w1, b1 = jnp.split(generated, ends, axis=1)
    w0, w1 = w0.reshape(batch, pixels, units), w1.reshape(batch, units, CLASSES)
    hidden = jax.nn.relu(jnp.einsum("bp,bpu->bu", x, w0) + b0)
    logits = jnp.einsum("bu,buc->bc", hidden, w1) + b1
    log_probabilities = jax.nn.log_softmax(logits)
    return -jnp.mean(jnp.take_along_axis(log_probabilities, y[:, None], axis=1))


CONTENDERS = contenders(loss_of)
