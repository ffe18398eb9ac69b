"""Operations of our own on PyTorch, with a first and a second derivative."""

from collections.abc import Callable
from typing import Any

import torch


def twice_differentiable(
    forward: Callable[..., Any],
    backward: Callable[..., Any],
    slow: Callable[..., Any],
    given: int,
    differentiated: int,
) -> Callable[..., Any]:
    """An operation whose gradient is one of its own, and that one's gradient PyTorch's.

    Args:
        forward: of tensors; gives some that are differentiated, and then some for its gradient.
        backward: takes what `forward` takes, what it gives, and the gradients by its differentiated
            outputs, each a tensor or `None`; gives those by what `forward` takes.
        slow: gives the differentiated outputs by PyTorch's own operations.
        given: how many tensors `forward` takes.
        differentiated: how many of its outputs come first that are differentiated.
    """

    class Operation(torch.autograd.Function):
        @staticmethod
        def forward(*inputs: Any) -> Any:
            return forward(*inputs)

        @staticmethod
        def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
            ctx.save_for_backward(*inputs, *output)
            ctx.mark_non_differentiable(*output[differentiated:])
            ctx.set_materialize_grads(False)

        @staticmethod
        def backward(ctx: Any, *gradients: Any) -> Any:
            return Gradient.apply(*ctx.saved_tensors, *gradients[:differentiated])

    class Gradient(torch.autograd.Function):
        @staticmethod
        def forward(*inputs: Any) -> Any:
            return backward(*inputs)

        @staticmethod
        def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
            ctx.outputs = len(inputs) - given - differentiated
            ctx.save_for_backward(*inputs[:given], *inputs[-differentiated:])

        @staticmethod
        def backward(ctx: Any, *gradients: Any) -> Any:
            inputs, outer = ctx.saved_tensors[:given], ctx.saved_tensors[given:]
            present = [i for i, one in enumerate(outer) if one is not None]

            def gradient(*both: Any) -> Any:
                outputs, differentiate, *_ = torch.func.vjp(slow, *both[:given])
                cotangents = [torch.zeros_like(a) for a in outputs]
                for i, one in zip(present, both[given:], strict=True):
                    cotangents[i] = one
                return differentiate(tuple(cotangents))

            _, differentiate, *_ = torch.func.vjp(gradient, *inputs, *(outer[i] for i in present))
            found = differentiate(gradients)
            of_outer = [None] * len(outer)
            for i, one in zip(present, found[given:], strict=True):
                of_outer[i] = one
            return *found[:given], *[None] * ctx.outputs, *of_outer

    return Operation.apply
