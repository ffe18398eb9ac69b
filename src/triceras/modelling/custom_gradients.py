"""Keras's functions with gradients of one's own on PyTorch, made to be part of a compiled step."""

import functools
from types import SimpleNamespace
from typing import Any

import keras
from keras.src import backend


def install() -> None:
    """Mends Keras's decorator, for all models of this process. Calling it again changes nothing.

    PyTorch differentiates a step that is traced by functions of functions, for which what is kept
    for the gradient has to be said apart; Keras's class says it on the way, which is an error then.
    Functions that were decorated before are mended as well.
    """
    core: Any = backend.core
    if keras.backend.backend() == "torch":
        core.custom_gradient.__call__ = call


def call(decorated: Any, *arguments: Any, **options: Any) -> Any:
    """Calls a function of tensors whose gradient is its own.

    Args:
        decorated: its `forward_fn` gives its output, and what computes the gradients of its
            arguments from these and `upstream`.
        *arguments: of it; of a Keras variable its value.
        **options: of it, by which nothing is differentiated.
    """
    # No list, of which PyTorch would hand on copies.
    found = SimpleNamespace()
    function = functools.partial(decorated.forward_fn, **options)
    held = (x.value if isinstance(x, keras.Variable) else x for x in arguments)
    return function_class().apply(function, found, *held)


@functools.cache
def function_class() -> Any:
    """The class of functions that PyTorch differentiates as they say."""
    torch: Any = backend.core.torch  # pyright: ignore[reportAttributeAccessIssue]

    class WithGradient(torch.autograd.Function):
        generate_vmap_rule = True

        @staticmethod
        def forward(function: Any, found: Any, *arguments: Any) -> Any:
            output, found.gradient = function(*arguments)
            given = {id(x) for x in arguments}

            def apart(x: Any) -> Any:
                # PyTorch keeps no argument that is an output as it is.
                return x.view_as(x) if id(x) in given else x

            return keras.tree.map_structure(apart, output)

        @staticmethod
        def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
            _, ctx.found, *arguments = inputs
            ctx.places = [i for i, x in enumerate(arguments) if torch.is_tensor(x)]
            ctx.others = [None if torch.is_tensor(x) else x for x in arguments]
            ctx.save_for_backward(*(arguments[i] for i in ctx.places))

        @staticmethod
        def backward(ctx: Any, *upstream: Any) -> Any:
            arguments = list(ctx.others)
            for place, tensor in zip(ctx.places, ctx.saved_tensors, strict=True):
                arguments[place] = tensor
            of_one = upstream[0] if len(upstream) == 1 else upstream
            found = ctx.found.gradient(*arguments, upstream=of_one)
            return None, None, *(found if isinstance(found, tuple) else (found,))

    return WithGradient
