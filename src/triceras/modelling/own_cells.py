"""Keras's LSTM and GRU with a cell of one's own, which is what they compute on every backend."""

import functools
from typing import Any

import keras

CELLS = {keras.layers.LSTM: keras.layers.LSTMCell, keras.layers.GRU: keras.layers.GRUCell}


def install() -> None:
    """Mends Keras's layers, for all models of this process. Calling it again changes nothing.

    On PyTorch, and a GRU on JAX, they compute what Keras's own cell does with the weights of
    whatever cell they have: one that clips its state, say, trained as if it did not, and without a
    word.
    """
    for layer, cell in CELLS.items():
        kind: Any = layer
        if not hasattr(kind.inner_loop, "__wrapped__"):
            kind.inner_loop = by_its_cell(kind.inner_loop, cell)


def by_its_cell(inner_loop: Any, theirs: type) -> Any:
    """`inner_loop` that calls a cell which is not theirs."""

    @functools.wraps(inner_loop)
    def loop(self: Any, sequences: Any, initial_state: Any, mask: Any, training: Any = False):
        if is_plain(self.cell, theirs) or self.use_cudnn is True:
            return inner_loop(self, sequences, initial_state, mask, training)
        mask = keras.tree.flatten(mask)[0]
        return keras.layers.RNN.inner_loop(self, sequences, initial_state, mask, training)

    return loop


def is_plain(cell: Any, theirs: type) -> bool:
    """Whether a cell computes what one of Keras's does."""
    return type(cell) is theirs and "call" not in vars(cell)
