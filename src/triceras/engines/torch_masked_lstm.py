"""Keras's LSTM with a mask as one operation for all rows of a sequence, on PyTorch's CPU."""

from typing import Any

import torch

from triceras.engines.torch_twice import twice_differentiable

aten = torch.ops.aten
FORWARD, BACKWARD = "triceras::masked_lstm", "triceras::masked_lstm_backward"
WEIGHTS = "Tensor rows, Tensor recurrent, Tensor h, Tensor c, Tensor mask"
torch.library.define(FORWARD, f"({WEIGHTS}) -> (Tensor, Tensor, Tensor)")
torch.library.define(
    BACKWARD,
    f"({WEIGHTS}, Tensor sequence, Tensor cells, Tensor gates, Tensor? of_sequence,"
    " Tensor? of_cells) -> (Tensor, Tensor, Tensor, Tensor, Tensor)",
)


@torch.library.register_fake(FORWARD)
def like_forward(rows, recurrent, h, c, mask) -> Any:
    """Empty results, for tracing."""
    sequence = rows.new_empty((*rows.shape[:2], h.shape[-1]))
    return sequence, torch.empty_like(sequence), rows.new_empty(rows.shape)


@torch.library.register_fake(BACKWARD)
def like_backward(rows, recurrent, h, c, mask, *_: Any) -> Any:
    """Empty results, for tracing."""
    return tuple(a.new_empty(a.shape) for a in (rows, recurrent, h, c, mask))


@torch.library.impl(FORWARD, "cpu")
def forward(rows, recurrent, h, c, mask) -> Any:
    """All outputs, and what a gradient needs.

    Args:
        rows: the inputs by the kernel with its bias, `(time, batch, 4 * units)`: of the input
            gate, the forget gate, the new state and the output gate.
        recurrent: the recurrent kernel, `(units, 4 * units)`.
        h: the first output, `(batch, units)`.
        c: the first state, `(batch, units)`.
        mask: 1 where a row counts and 0 where the state stays, `(time, batch, 1)`.

    Returns:
        The outputs and the states after each row, and the gates and new states.
    """
    units = h.shape[-1]
    sequence = rows.new_empty((*rows.shape[:2], units))
    cells, gates = torch.empty_like(sequence), rows.new_empty(rows.shape)
    # All of them at once, as looking for one takes as long as computing with it.
    row, gate, masks = rows.unbind(), gates.unbind(), mask.bool().unbind()
    outputs, states = sequence.unbind(), cells.unbind()
    first_two = gates[..., : 2 * units].unbind()
    input_gate, forget, new, output = (a.unbind() for a in gates.chunk(4, -1))
    for t, counts in enumerate(masks):
        torch.addmm(row[t], h, recurrent, out=gate[t])
        first_two[t].sigmoid_()
        new[t].tanh_()
        output[t].sigmoid_()
        after = torch.addcmul(forget[t] * c, input_gate[t], new[t])
        h = torch.where(counts, output[t] * after.tanh(), h, out=outputs[t])
        c = torch.where(counts, after, c, out=states[t])
    return sequence, cells, gates


@torch.library.impl(BACKWARD, "cpu")
def backward(rows, recurrent, h, c, mask, sequence, cells, gates, of_sequence, of_cells) -> Any:
    """The gradients of all that `forward` is given."""
    time, batch, units = sequence.shape
    i, f, new, o = gates.chunk(4, -1)
    # All that does not wait for the gradient of a later row, for all rows at once.
    output, before = cells.tanh(), torch.cat([c[None], cells[:-1]])
    by_o = (output * o * (1 - o) * mask).unbind()
    by_c = (o * (1 - output * output) * mask).unbind()
    factors = [new * i * (1 - i), before * f * (1 - f), i * (1 - new * new)]
    by_others = torch.stack(factors, 2).unbind()
    of_rows = rows.new_empty((time, batch, 4, units))
    to_others, to_o = of_rows[:, :, :3].unbind(), of_rows[:, :, 3].unbind()
    flat, forget = of_rows.flatten(2).unbind(), f.unbind()
    counts, stays = mask.unbind(), (1 - mask).unbind()
    added = [None if a is None else a.unbind() for a in (of_sequence, of_cells)]
    back, of_h, of_c = recurrent.t(), torch.zeros_like(h), torch.zeros_like(c)
    for t in reversed(range(time)):
        of_h = of_h if added[0] is None else of_h + added[0][t]
        of_c = of_c if added[1] is None else of_c + added[1][t]
        torch.mul(of_h, by_o[t], out=to_o[t])
        of_state = torch.addcmul(of_c * counts[t], of_h, by_c[t])
        torch.mul(of_state.unsqueeze(1), by_others[t], out=to_others[t])
        # What is masked goes by its row as it is.
        of_c = torch.addcmul(of_c * stays[t], of_state, forget[t])
        of_h = torch.addmm(of_h * stays[t], flat[t], back)
    of_rows = of_rows.flatten(2)
    outputs = torch.cat([h[None], sequence[:-1]]).flatten(0, 1)
    of_recurrent = outputs.t() @ of_rows.flatten(0, 1)
    return of_rows, of_recurrent, of_h, of_c, torch.zeros_like(mask)


def loop(rows, recurrent, h, c, mask) -> Any:
    """The same by PyTorch's operations, which can be differentiated as often as is wanted."""
    sequence, cells = [], []
    for row, counts in zip(rows.unbind(), mask.bool().unbind(), strict=True):
        i, f, new, o = (row + h @ recurrent).chunk(4, 1)
        after = f.sigmoid() * c + i.sigmoid() * new.tanh()
        h = torch.where(counts, o.sigmoid() * after.tanh(), h)
        c = torch.where(counts, after, c)
        sequence.append(h)
        cells.append(c)
    return torch.stack(sequence), torch.stack(cells)


masked_lstm = twice_differentiable(
    torch.ops.triceras.masked_lstm, torch.ops.triceras.masked_lstm_backward, loop, 5, 2
)
