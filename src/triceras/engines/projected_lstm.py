"""Keras's LSTM with the kernel's product of all rows at once, in steps that are compiled."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras
from keras import ops
from keras.src import backend

from triceras.modelling.own_cells import is_plain

# So many rows are computed one by one, as XLA then makes fewer and larger kernels of them, and is
# not too long about it.
FEW_ROWS = 16


@contextmanager
def projected_at_once() -> Iterator[None]:
    """Has each LSTM of Keras multiply its inputs by its kernel outside of the loop over its rows.

    They wait for nothing there: one product takes the place of one for each row, in the gradient
    as well. What is summed up in another order is what a row's gates are made of: a rounding.
    """
    kind: Any = keras.layers.LSTM
    theirs = kind.inner_loop

    def inner_loop(layer: Any, sequences: Any, initial_state: Any, mask: Any, training=False):
        if possible(layer, sequences, training):
            return projected(layer, sequences, initial_state, mask)
        return theirs(layer, sequences, initial_state, mask, training)

    kind.inner_loop = inner_loop
    try:
        yield
    finally:
        kind.inner_loop = theirs


def possible(layer: Any, sequences: Any, training: bool) -> bool:
    """Whether a layer computes what Keras's own does, and drops nothing out while it does."""
    cell = layer.cell
    drops = training and (cell.dropout or cell.recurrent_dropout)
    plain = is_plain(cell, keras.layers.LSTMCell)
    return plain and not drops and sequences.shape[1] is not None


def projected(layer: Any, sequences: Any, initial_state: Any, mask: Any) -> Any:
    """What `LSTM.inner_loop` returns: the last output, all of them, and the last state."""
    cell = layer.cell
    rows = ops.matmul(sequences, cell.kernel)
    if cell.use_bias:
        rows = ops.add(rows, cell.bias)

    def step(row: Any, states: Any) -> Any:
        h, c = states
        gates = ops.split(ops.add(row, ops.matmul(h, cell.recurrent_kernel)), 4, axis=1)
        c, o = cell._compute_carry_and_output_fused(gates, c)
        h = o * cell.activation(c)
        return h, [h, c]

    mask = keras.tree.flatten(mask)[0]
    # With a mask and backwards, Keras's own rows one by one are not what its loop computes.
    few = mask is None and sequences.shape[1] <= FEW_ROWS
    return backend.rnn(
        step,
        rows,
        initial_state,
        go_backwards=layer.go_backwards,
        mask=mask,
        unroll=layer.unroll or few,
        input_length=sequences.shape[1],
        zero_output_for_mask=layer.zero_output_for_mask,
        return_all_outputs=layer.return_sequences,
    )
