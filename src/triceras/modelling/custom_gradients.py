"""Keras's functions with gradients of one's own on PyTorch, made to be part of a compiled step."""

import functools
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import keras
from keras.src import backend


def install() -> None:
    """Mends Keras's decorator, for all models of this process. Calling it again changes nothing.

    PyTorch differentiates a step that is traced by functions of functions, for which what is kept
    for the gradient has to be said apart; Keras's class says it on the way, which is an error then.
    """
    core: Any = backend.core
    if keras.backend.backend() == "torch" and not hasattr(core.custom_gradient, "mended"):
        core.custom_gradient = custom_gradient


def custom_gradient(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of tensors whose gradient is its own.

    Args:
        function: gives its output, and what computes the gradients of its arguments from these and
            `upstream`.
    """

    @functools.wraps(function)
    def call(*arguments: Any, **options: Any) -> Any:
        # No list, of which PyTorch would hand on copies.
        found = SimpleNamespace()
        return function_class().apply(functools.partial(function, **options), found, *arguments)

    return call


custom_gradient.mended = True  # pyright: ignore[reportFunctionMemberAccess]


@functools.cache
def function_class() -> Any:
    """The class of functions that PyTorch differentiates as they say."""
    torch: Any = backend.core.torch  # pyright: ignore[reportAttributeAccessIssue]

    class WithGradient(torch.autograd.Function):
        generate_vmap_rule = True

        @staticmethod
        def forward(function: Any, found: Any, *arguments: Any) -> Any:
            output, found.gradient = function(*arguments)
            return output

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
