"""Keras's LSTM by oneDNN's kernel for all rows of a sequence, on PyTorch's CPU."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras
import torch
from keras.src import backend

FORWARD, BACKWARD = "triceras::lstm", "triceras::lstm_backward"
# How aten tells it from other recurrent networks.
LSTM = 2
# So many rows inductor computes faster one by one, and is not too long about it.
FEW_ROWS = 16

WEIGHTS = "Tensor x, Tensor kernel, Tensor recurrent, Tensor bias, Tensor h, Tensor c"
OUTPUTS = "Tensor sequence, Tensor last_h, Tensor last_c, Tensor workspace"
GRADIENTS = "Tensor? of_sequence, Tensor? of_h, Tensor? of_c"
torch.library.define(FORWARD, f"({WEIGHTS}) -> (Tensor, Tensor, Tensor, Tensor)")
torch.library.define(
    BACKWARD,
    f"({WEIGHTS}, {OUTPUTS}, {GRADIENTS}) -> (Tensor, Tensor, Tensor, Tensor, Tensor, Tensor)",
)


@torch.library.register_fake(FORWARD)
def like_forward(x, kernel, recurrent, bias, h, c) -> Any:
    """Empty results, for tracing; nobody but the gradient asks how large the last one is."""
    sequence = x.new_empty((*x.shape[:2], h.shape[-1]))
    return sequence, torch.empty_like(h), torch.empty_like(c), x.new_empty((0,), dtype=torch.uint8)


@torch.library.register_fake(BACKWARD)
def like_backward(x, kernel, recurrent, bias, h, c, *_: Any) -> Any:
    """Empty results, for tracing."""
    return tuple(a.new_empty(a.shape) for a in (x, kernel, recurrent, bias, h, c))


def arguments(x, kernel, recurrent, bias, h, c) -> list[Any]:
    """What aten wants: the weights of outputs by inputs, and a second bias."""
    weights = [kernel.t(), recurrent.t(), bias, torch.zeros_like(bias)]
    return [x.contiguous(), *weights, h.contiguous(), c.contiguous()]


@torch.library.impl(FORWARD, "cpu")
def forward(x, kernel, recurrent, bias, h, c) -> Any:
    """All outputs for rows `(time, batch, features)`, the last state, and what a gradient needs."""
    given = arguments(x, kernel, recurrent, bias, h, c)
    # Without gradients aten makes no workspace.
    with torch.enable_grad():
        return torch.ops.aten.mkldnn_rnn_layer(
            *given, False, [], LSTM, h.shape[-1], 1, True, False, False, True
        )


@torch.library.impl(BACKWARD, "cpu")
def backward(
    x, kernel, recurrent, bias, h, c, sequence, last_h, last_c, workspace, of_sequence, of_h, of_c
) -> Any:
    """The gradients of all that `forward` is given."""
    given = arguments(x, kernel, recurrent, bias, h, c)
    outputs = zip((sequence, last_h, last_c), (of_sequence, of_h, of_c), strict=True)
    gradients = [torch.zeros_like(a) if b is None else b.contiguous() for a, b in outputs]
    found = torch.ops.aten.mkldnn_rnn_layer_backward(
        *given,
        *(sequence, last_h, last_c),
        *gradients,
        *(False, LSTM, h.shape[-1], 1, True, True, False, [], False),
        workspace,
    )
    of_x, of_kernel, of_recurrent, of_bias, _, of_h, of_c = found
    return of_x, of_kernel.t().contiguous(), of_recurrent.t().contiguous(), of_bias, of_h, of_c


class Layer(torch.autograd.Function):
    """The kernel, with its gradient."""

    @staticmethod
    def forward(*given: Any) -> Any:
        return torch.ops.triceras.lstm(*given)

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        ctx.save_for_backward(*inputs, *output)
        ctx.mark_non_differentiable(output[-1])
        ctx.set_materialize_grads(False)

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        return Gradient.apply(*ctx.saved_tensors, *gradients[:-1])


class Gradient(torch.autograd.Function):
    """The gradient by the kernel, whose own gradient is that of the loop over the rows."""

    @staticmethod
    def forward(*given: Any) -> Any:
        return torch.ops.triceras.lstm_backward(*given)

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        ctx.save_for_backward(*inputs[:6], *inputs[10:])

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        given, outer = ctx.saved_tensors[:6], ctx.saved_tensors[6:]
        present = [i for i, one in enumerate(outer) if one is not None]

        def gradient(*both: Any) -> Any:
            outputs, differentiate, *_ = torch.func.vjp(loop, *both[:6])
            cotangents = [torch.zeros_like(a) for a in outputs]
            for i, one in zip(present, both[6:], strict=True):
                cotangents[i] = one
            return differentiate(tuple(cotangents))

        _, differentiate, *_ = torch.func.vjp(gradient, *given, *(outer[i] for i in present))
        found = differentiate(gradients)
        of_outer = [None] * len(outer)
        for i, one in zip(present, found[6:], strict=True):
            of_outer[i] = one
        return *found[:6], *[None] * 4, *of_outer


def loop(x, kernel, recurrent, bias, h, c) -> Any:
    """The same by PyTorch's operations, which can be differentiated as often as is wanted."""
    sequence = []
    for row in x @ kernel + bias:
        i, f, new, o = (row + h @ recurrent).chunk(4, 1)
        c = f.sigmoid() * c + i.sigmoid() * new.tanh()
        h = o.sigmoid() * c.tanh()
        sequence.append(h)
    return torch.stack(sequence), h, c


def possible(given: list[Any], activations: tuple[Any, Any]) -> bool:
    """Whether the kernel computes an LSTM of these tensors and activations."""
    usual = (keras.activations.tanh, keras.activations.sigmoid)
    return (
        torch.backends.mkldnn.is_available()
        and activations == usual
        and all(a is not None and a.dtype is torch.float32 for a in given)
        and all(a.device.type == "cpu" and a.numel() for a in given)
        and given[0].dim() == 3
        # One state for all rows, which Keras repeats, the kernel would read beyond its end.
        and all(a.shape == (given[0].shape[0], given[2].shape[0]) for a in given[4:6])
    )


@contextmanager
def one_kernel(longer_than: int = 0) -> Iterator[None]:
    """Has Keras's LSTM computed by the kernel where it can be, in steps that are traced.

    Args:
        longer_than: how many rows are too few for it.
    """
    theirs: Any = backend.lstm

    def lstm(
        inputs: Any, h: Any, c: Any, mask: Any, kernel: Any, recurrent_kernel: Any, bias: Any,
        activation: Any, recurrent_activation: Any, **options: Any,
    ) -> Any:  # fmt: skip
        given = [inputs, kernel, recurrent_kernel, bias, h, c]
        given = [None if a is None else keras.ops.convert_to_tensor(a) for a in given]
        usual = mask is None and possible(given, (activation, recurrent_activation))
        if usual and inputs.shape[1] > longer_than:
            return by_kernel(given, **options)
        weights = (kernel, recurrent_kernel, bias, activation, recurrent_activation)
        return theirs(inputs, h, c, mask, *weights, **options)

    backend.lstm = lstm
    try:
        yield
    finally:
        backend.lstm = theirs


def by_kernel(
    given: list[Any], return_sequences: bool = False, go_backwards: bool = False, **_: Any
) -> Any:
    """The last output, all of them, and the last state, as Keras wants them."""
    inputs, *others = given
    if go_backwards:
        inputs = torch.flip(inputs, dims=[1])
    sequence, h, c, _ = Layer.apply(inputs.transpose(0, 1), *others)
    return h, sequence.transpose(0, 1) if return_sequences else h.unsqueeze(1), [h, c]


def has_few_rows(graph: Any) -> bool:
    """Whether a traced graph has the kernel where inductor does without it."""
    kernels = [node for node in graph.graph.nodes if node.target is torch.ops.triceras.lstm.default]
    return any(node.args[0].meta["val"].shape[0] <= FEW_ROWS for node in kernels)
