"""Keras's GRU as one operation for all rows of a sequence, on PyTorch's CPU."""

from typing import Any

import torch

from triceras.engines.torch_twice import twice_differentiable

aten = torch.ops.aten
FORWARD, BACKWARD = "triceras::gru", "triceras::gru_backward"
WEIGHTS = "Tensor rows, Tensor recurrent, Tensor bias, Tensor h, Tensor mask"
torch.library.define(FORWARD, f"({WEIGHTS}) -> (Tensor, Tensor, Tensor)")
torch.library.define(
    BACKWARD,
    f"({WEIGHTS}, Tensor sequence, Tensor gates, Tensor products, Tensor of_sequence)"
    " -> (Tensor, Tensor, Tensor, Tensor, Tensor)",
)


@torch.library.register_fake(FORWARD)
def like_forward(rows, recurrent, bias, h, mask) -> Any:
    """Empty results, for tracing."""
    sequence = rows.new_empty((*rows.shape[:2], h.shape[-1]))
    return sequence, rows.new_empty(rows.shape), rows.new_empty(rows.shape)


@torch.library.register_fake(BACKWARD)
def like_backward(rows, recurrent, bias, h, mask, *_: Any) -> Any:
    """Empty results, for tracing."""
    return tuple(a.new_empty(a.shape) for a in (rows, recurrent, bias, h, mask))


@torch.library.impl(FORWARD, "cpu")
def forward(rows, recurrent, bias, h, mask) -> Any:
    """All outputs, and what a gradient needs.

    Args:
        rows: the inputs by the kernel with its bias, `(time, batch, 3 * units)`: of the update
            gate, the reset gate and the new state.
        recurrent: the recurrent kernel, `(units, 3 * units)`.
        bias: its bias, `(3 * units,)`.
        h: the first state, `(batch, units)`.
        mask: 1 where a row counts and 0 where the state stays, `(time, batch, 1)`; empty for none.

    Returns:
        The states after each row; the gates and the new states; and the states before by the
        recurrent kernel.
    """
    units, masks = h.shape[-1], mask.bool().unbind() if len(mask) else None
    sequence = rows.new_empty((*rows.shape[:2], units))
    gates, products = rows.new_empty(rows.shape), rows.new_empty(rows.shape)
    # All of them at once, as looking for one takes as long as computing with it.
    outputs, product = sequence.unbind(), products.unbind()
    of_gates = [a[..., : 2 * units].unbind() for a in (rows, products, gates)]
    of_new = [a[..., 2 * units :].unbind() for a in (rows, products, gates)]
    update, reset, _ = (a.unbind() for a in gates.chunk(3, -1))
    for t, output in enumerate(outputs):
        torch.addmm(bias, h, recurrent, out=product[t])
        torch.add(of_gates[0][t], of_gates[1][t], out=of_gates[2][t]).sigmoid_()
        torch.addcmul(of_new[0][t], reset[t], of_new[1][t], out=of_new[2][t]).tanh_()
        if masks is None:
            torch.lerp(of_new[2][t], h, update[t], out=output)
        else:
            torch.where(masks[t], torch.lerp(of_new[2][t], h, update[t]), h, out=output)
        h = output
    return sequence, gates, products


@torch.library.impl(BACKWARD, "cpu")
def backward(rows, recurrent, bias, h, mask, sequence, gates, products, of_sequence) -> Any:
    """The gradients of all that `forward` is given."""
    time, batch, units = sequence.shape
    z, r, new = gates.chunk(3, -1)
    before = torch.cat([h[None], sequence[:-1]])
    # All that does not wait for the gradient of a later row, for all rows at once.
    by_z = (before - new) * z * (1 - z)
    by_new_and_past = torch.stack([(1 - z) * (1 - new * new), z], 2)
    by_r_and_product = torch.stack([products[..., 2 * units :] * r * (1 - r), r], 2)
    if len(mask):
        by_z, by_new_and_past = by_z * mask, by_new_and_past * mask.unsqueeze(-1)
        # What is masked goes by its row as it is.
        by_new_and_past[:, :, 1] += 1 - mask
    of_products = rows.new_empty((time, batch, 3, units))
    of_both = rows.new_empty((time, batch, 2, units))
    to_z, to_r_and_product = of_products[:, :, 0].unbind(), of_products[:, :, 1:].unbind()
    flat, of_new = of_products.flatten(2).unbind(), of_both[:, :, :1].unbind()
    past, both = of_both[:, :, 1].unbind(), of_both.unbind()
    given = list(zip(*(a.unbind() for a in (by_z, by_new_and_past, by_r_and_product)), strict=True))
    added, back, of_h = of_sequence.unbind(), recurrent.t(), torch.zeros_like(h)
    for t in reversed(range(time)):
        for_z, for_both, for_others = given[t]
        of_h = of_h + added[t]
        torch.mul(of_h, for_z, out=to_z[t])
        torch.mul(of_h.unsqueeze(1), for_both, out=both[t])
        torch.mul(of_new[t], for_others, out=to_r_and_product[t])
        of_h = torch.addmm(past[t], flat[t], back)
    of_rows = torch.cat([of_products[:, :, :2], of_both[:, :, :1]], 2).flatten(2)
    all_products = of_products.flatten(2).flatten(0, 1)
    of_recurrent = before.flatten(0, 1).t() @ all_products
    return of_rows, of_recurrent, all_products.sum(0), of_h, torch.zeros_like(mask)


def loop(rows, recurrent, bias, h, mask) -> Any:
    """The same by PyTorch's operations, which can be differentiated as often as is wanted."""
    sequence = []
    for t, row in enumerate(rows.unbind()):
        (x_z, x_r, x_new), (h_z, h_r, h_new) = row.chunk(3, 1), (h @ recurrent + bias).chunk(3, 1)
        z, r = (x_z + h_z).sigmoid(), (x_r + h_r).sigmoid()
        after = z * h + (1 - z) * (x_new + r * h_new).tanh()
        h = torch.where(mask[t].bool(), after, h) if len(mask) else after
        sequence.append(h)
    return (torch.stack(sequence),)


gru = twice_differentiable(torch.ops.triceras.gru, torch.ops.triceras.gru_backward, loop, 5, 1)
