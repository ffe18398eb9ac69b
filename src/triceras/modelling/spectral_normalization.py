"""Keras's spectral normalization, made to be what the paper says on every backend.

Keras gives the kernel its normalized value by an assignment in `call`. What becomes of that is not
the same anywhere: TensorFlow and PyTorch take the gradient as if the kernel had had this value all
the time, JAX takes it through the norm, and then forgets the assignment, so that it validates with
a kernel that is not normalized. Here a call computes with the normalized kernel, and assigns only
the vector by which the norm is found: the gradient goes through the norm, the optimizer moves the
kernel itself, and a validation normalizes too, as the code of the paper's authors does.

Reference:
    [Miyato et al., 2018](https://arxiv.org/abs/1802.05957), algorithm 1 and equation 12.
"""

import contextlib
from collections.abc import Iterator
from typing import Any

import keras
from keras import ops
from keras.src.backend import get_stateless_scope

SpectralNormalization = keras.layers.SpectralNormalization


def install() -> None:
    """Mends Keras's layer, for all models of this process. Calling it again changes nothing."""
    SpectralNormalization.call = call


def call(self: Any, inputs: Any, training: bool = False) -> Any:
    """What takes the place of `SpectralNormalization.call`."""
    kernel, vector_u = normalized(self)
    output = call_with_kernel(self, kernel, inputs)
    if training:
        self.vector_u.assign(vector_u)
    # Keras casts to any type, and so makes whole numbers of what an embedding looks up.
    if keras.backend.is_float_dtype(keras.backend.standardize_dtype(inputs.dtype)):
        output = ops.cast(output, inputs.dtype)
    return output


def normalized(layer: Any) -> tuple[Any, Any]:
    """The normalized kernel of a layer, and the vector by which its norm was found.

    A kernel of zeros stays as it is.
    """
    kernel = ops.convert_to_tensor(layer.kernel)
    weights = ops.reshape(kernel, [-1, layer.kernel_shape[-1]])
    fixed = ops.stop_gradient(weights)
    vector_u = ops.convert_to_tensor(layer.vector_u)
    vector_v = None
    for _ in range(layer.power_iterations):
        vector_v = unit(ops.matmul(vector_u, ops.transpose(fixed)))
        vector_u = unit(ops.matmul(vector_v, fixed))
    norm = ops.matmul(ops.matmul(vector_v, weights), ops.transpose(vector_u))
    flat = ops.equal(norm, 0)
    vector_u = ops.where(flat, ops.convert_to_tensor(layer.vector_u), vector_u)
    norm = ops.where(flat, ops.ones_like(norm), norm)
    return ops.reshape(weights / norm, layer.kernel_shape), vector_u


def unit(vector: Any) -> Any:
    """A vector divided by its length."""
    return ops.normalize(vector, axis=None)  # pyright: ignore[reportArgumentType]


def call_with_kernel(layer: Any, kernel: Any, inputs: Any) -> Any:
    """What the wrapped layer gives if its kernel is a tensor in the place of the variable's value.

    Everything else that it does to its variables or adds to the loss is as always.
    """
    scope = get_stateless_scope()
    if scope is not None:
        with replaced(scope, layer.kernel, kernel):
            return layer.layer(inputs)
    mapping = [(layer.kernel, kernel)]
    with keras.StatelessScope(mapping, collect_losses=True, initialize_variables=False) as scope:
        output = layer.layer(inputs)
    for variable in layer.layer.variables:
        value = scope.get_current_value(variable)
        if variable is not layer.kernel and value is not None:
            variable.assign(value)
    if scope.losses:
        layer.add_loss(scope.losses)
    return output


@contextlib.contextmanager
def replaced(scope: keras.StatelessScope, variable: keras.Variable, value: Any) -> Iterator[None]:
    """Lets a variable have another value in a scope for a while."""
    values: dict[int, Any] = scope.state_mapping
    kept = values.get(id(variable))
    values[id(variable)] = ops.cast(value, variable.dtype)
    try:
        yield
    finally:
        values.pop(id(variable))
        if kept is not None:
            values[id(variable)] = kept


@contextlib.contextmanager
def normalized_kernels(model: keras.Model) -> Iterator[None]:
    """Lets kernels have their normalized values for a while: what Keras itself validates with."""
    layers = [v for v in model._flatten_layers() if isinstance(v, SpectralNormalization)]
    kept = [ops.convert_to_numpy(layer.kernel) for layer in layers]
    for layer in layers:
        layer.kernel.assign(normalized(layer)[0])
    try:
        yield
    finally:
        for layer, value in zip(layers, kept, strict=True):
            layer.kernel.assign(value)
