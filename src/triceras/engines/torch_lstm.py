"""Keras's LSTM by oneDNN's kernel for all rows of a sequence, on PyTorch's CPU."""

from typing import Any

import keras
import torch

from triceras.engines.torch_twice import twice_differentiable

FORWARD, BACKWARD = "triceras::lstm", "triceras::lstm_backward"
# How aten tells it from other recurrent networks.
LSTM = 2

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


lstm = twice_differentiable(torch.ops.triceras.lstm, torch.ops.triceras.lstm_backward, loop, 6, 3)
