"""Keras's recurrent layers by one operation for all rows of a sequence, on PyTorch's CPU."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import keras
import torch
from keras.src import backend

from triceras.engines.torch_gru import gru
from triceras.engines.torch_lstm import lstm, possible
from triceras.engines.torch_masked_lstm import masked_lstm
from triceras.patching import patched

# So many rows inductor computes faster one by one, and is not too long about it.
FEW_ROWS = 16


@contextmanager
def one_kernel(longer_than: int = 0) -> Iterator[None]:
    """Has Keras's LSTM and GRU computed by one operation where they can be, in traced steps.

    PyTorch on a CPU has them row by row: a graph of thousands of operations, which takes a minute
    to trace, and, of a GRU, a gradient as large as all rows for each of them.

    Args:
        longer_than: how many rows are too few for it.
    """
    # Keras does not tell its backend what a layer puts out where it is masked.
    layers: list[Any] = []
    theirs: Any = (backend.lstm, backend.gru)

    def of_lstm(
        inputs: Any, h: Any, c: Any, mask: Any, kernel: Any, recurrent_kernel: Any, bias: Any,
        activation: Any, recurrent_activation: Any, **options: Any,
    ) -> Any:  # fmt: skip
        given = [*converted(inputs, kernel, recurrent_kernel, bias, h, c)]
        if usable(given, mask, (activation, recurrent_activation), options):
            return by_lstm(given, mask, layers[-1])
        weights = (kernel, recurrent_kernel, bias, activation, recurrent_activation)
        return theirs[0](inputs, h, c, mask, *weights, **options)

    def of_gru(
        inputs: Any, h: Any, mask: Any, kernel: Any, recurrent_kernel: Any, bias: Any,
        activation: Any, recurrent_activation: Any, reset_after: bool = True, **options: Any,
    ) -> Any:  # fmt: skip
        given = [*converted(inputs, kernel, recurrent_kernel, bias, h)]
        if reset_after and usable(given, mask, (activation, recurrent_activation), options):
            return by_gru(given, mask, layers[-1])
        weights = (kernel, recurrent_kernel, bias, activation, recurrent_activation)
        return theirs[1](inputs, h, mask, *weights, reset_after=reset_after, **options)

    def usable(given: Any, mask: Any, activations: Any, options: Any) -> bool:
        # Of one that is unrolled Keras has its own idea of a mask, and one of another shape it
        # repeats.
        odd = mask is not None and (options.get("unroll", False) or len(mask.shape) != 2)
        usual = bool(layers) and not odd and only_gradients() and possible(given, activations)
        return usual and given[0].shape[1] > longer_than

    with ExitStack() as stack:
        for kind in (keras.layers.LSTM, keras.layers.GRU):
            stack.enter_context(patched(kind, "inner_loop", noting(kind.inner_loop, layers)))
        stack.enter_context(patched(backend, "lstm", of_lstm))
        stack.enter_context(patched(backend, "gru", of_gru))
        yield


def only_gradients() -> bool:
    """Whether nothing is asked of an operation that it cannot do, as `ops.jvp` would."""
    functorch: Any = vars(torch._C)["_functorch"]
    kinds = [one.key() for one in functorch.get_interpreter_stack() or ()]
    return all(kind == functorch.TransformType.Grad for kind in kinds)


def noting(inner_loop: Any, layers: list[Any]) -> Any:
    """`inner_loop` of a layer, which is the last of a list within."""

    def noted(layer: Any, *args: Any, **kwargs: Any) -> Any:
        layers.append(layer)
        try:
            return inner_loop(layer, *args, **kwargs)
        finally:
            layers.pop()

    return noted


def converted(*values: Any) -> Iterator[Any]:
    """Values as tensors, `None` as it is."""
    return (None if a is None else keras.ops.convert_to_tensor(a) for a in values)


def by_lstm(given: list[Any], mask: Any, layer: Any) -> Any:
    """What Keras's backend returns of an LSTM: the last output, all of them, the last states."""
    inputs, kernel, recurrent, bias, h, c = given
    rows, mask = in_time(inputs, mask, layer.go_backwards)
    if mask is None:
        sequence, h, c, _ = lstm(rows, kernel, recurrent, bias, h, c)
        return h, sequence.transpose(0, 1) if layer.return_sequences else h.unsqueeze(1), [h, c]
    counts = mask.unsqueeze(-1).to(rows.dtype)
    sequence, cells, _ = masked_lstm(rows @ kernel + bias, recurrent, h, c, counts)
    states = [sequence[-1], cells[-1]]
    return *outputs_of(sequence, mask, layer), states


def by_gru(given: list[Any], mask: Any, layer: Any) -> Any:
    """What Keras's backend returns of a GRU: the last output, all of them, the last state."""
    inputs, kernel, recurrent, bias, h = given
    rows, mask = in_time(inputs, mask, layer.go_backwards)
    counts = rows.new_empty((0,)) if mask is None else mask.unsqueeze(-1).to(rows.dtype)
    sequence, _, _ = gru(rows @ kernel + bias[0], recurrent, bias[1], h, counts)
    return *outputs_of(sequence, mask, layer), [sequence[-1]]


def in_time(inputs: Any, mask: Any, go_backwards: bool) -> tuple[Any, Any]:
    """Inputs and a mask in the order in which a layer takes them, by rows and then by examples."""
    rows = inputs.transpose(0, 1)
    mask = None if mask is None else keras.ops.convert_to_tensor(mask, "bool").transpose(0, 1)
    if go_backwards:
        rows, mask = rows.flip(0), None if mask is None else mask.flip(0)
    return rows, mask


def outputs_of(sequence: Any, mask: Any, layer: Any) -> tuple[Any, Any]:
    """The last output and all of them, of the states after each row.

    Where a row is masked they are those of the row before, and 0 if there is none, or if the layer
    puts out 0 there. Of one that wants the last alone, it is in the place of all.

    Args:
        sequence: the states, `(time, batch, units)`.
        mask: which rows count, `(time, batch)`, or `None`.
        layer: of Keras.
    """
    if mask is not None:
        counted = mask if layer.zero_output_for_mask else mask.cumsum(0) > 0
        sequence = torch.where(counted.unsqueeze(-1), sequence, 0.0)
    last = sequence[-1]
    return last, sequence.transpose(0, 1) if layer.return_sequences else last.unsqueeze(1)


def has_few_rows(graph: Any) -> bool:
    """Whether a traced graph has an operation for rows where inductor does without it."""
    operations = torch.ops.triceras
    kinds = (operations.lstm.default, operations.masked_lstm.default, operations.gru.default)
    found = [node for node in graph.graph.nodes if node.target in kinds]
    return any(node.args[0].meta["val"].shape[0] <= FEW_ROWS for node in found)
