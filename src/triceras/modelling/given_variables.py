"""Operations of Keras that take a variable where they take a tensor, on every backend."""

import functools
from typing import Any

import keras
from keras import ops
from keras.src import backend

# By backend and module, those that hand a variable on to the framework as it is.
REFUSING = {
    "jax": {
        "core": "slice slice_update unstack switch fori_loop while_loop scan associative_scan map "
        "vectorized_map",
        "numpy": "power outer amax amin any all count_nonzero rot90 hstack vstack where clip "
        "argpartition zeros_like ones_like empty_like full_like linspace",
        "math": "top_k in_top_k fft fft2 ifft2",
        "nn": "max_pool average_pool moments unfold fold",
        "image": "resize map_coordinates perspective_transform",
    },
    "torch": {
        "core": "unstack vectorized_map",
        "numpy": "real conj conjugate linspace",
        "image": "map_coordinates",
    },
}
MENDED = "_takes_variables"


def install() -> None:
    """Mends Keras's functions, for all models of this process. Calling it again changes nothing.

    A layer that hands its own weight to `ops.where` trained on TensorFlow, and was refused on JAX
    in words about `__jax_array__`.
    """
    for name, functions in REFUSING.get(keras.backend.backend(), {}).items():
        module: Any = getattr(backend, name)
        for function in functions.split():
            before = getattr(module, function)
            if not hasattr(before, MENDED):
                setattr(module, function, taking_variables(before))


def taking_variables(function: Any) -> Any:
    """A function that is given the values of variables in their place."""

    @functools.wraps(function)
    def taking(*args: Any, **kwargs: Any) -> Any:
        args, kwargs = keras.tree.map_structure(value_of, (args, kwargs))
        return function(*args, **kwargs)

    setattr(taking, MENDED, True)
    return taking


def value_of(value: Any) -> Any:
    """The value of a variable, and anything else as it is."""
    return ops.convert_to_tensor(value) if isinstance(value, keras.Variable) else value
