"""Looks at what every layer of a model returns."""

import contextlib
import dataclasses
from collections import Counter
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np

from triceras.patching import patched


@dataclasses.dataclass
class LayerOutputs:
    """The outputs of layers, in the order in which they were computed, inner layers first.

    Args:
        seen: arrays by name: the layer's name after those of the layers that called it, the number
            of the call where there are several, and the place in the output where that has several
            tensors, for example `classifier/block/dense call 2 [1]`.
        unseen: names of calls with a tensor that has no value, in a function that a framework
            traces (`vectorized_map`, `scan`).
    """

    seen: dict[str, np.ndarray] = dataclasses.field(default_factory=dict)
    unseen: list[str] = dataclasses.field(default_factory=list)

    def add(self, name: str, output: Any) -> None:
        """Adds what a layer returned: a tensor, or any nest of tensors and other things."""
        leaves = [
            (path, leaf)
            for path, leaf in keras.tree.flatten_with_path(output)
            if keras.ops.is_tensor(leaf) or isinstance(leaf, np.ndarray)
        ]
        try:
            arrays = [to_array(leaf) for _, leaf in leaves]
        except Exception:
            # Each framework has errors of its own for a tensor without a value.
            self.unseen.append(name)
            return
        for (path, _), array in zip(leaves, arrays, strict=True):
            place = "".join(f"[{part}]" for part in path)
            self.seen[f"{name} {place}" if len(leaves) > 1 else name] = array


@contextlib.contextmanager
def recording_layers() -> Iterator[LayerOutputs]:
    """Records the output of every layer that is called, but for those within a recurrent layer.

    Not every framework calls its cell for each row: some loops do without, and so do kernels for
    whole sequences. What the recurrent layer returns is recorded.
    """
    outputs = LayerOutputs()
    callers: list[keras.layers.Layer] = []
    calls: Counter[str] = Counter()
    original = keras.layers.Layer.__call__

    def call_and_record(layer: keras.layers.Layer, *args: Any, **kwargs: Any) -> Any:
        within = any(isinstance(caller, keras.layers.RNN) for caller in callers)
        callers.append(layer)
        name = "/".join(caller.name for caller in callers)
        calls[name] += 1
        if calls[name] > 1:
            name += f" call {calls[name]}"
        try:
            output = original(layer, *args, **kwargs)
        finally:
            callers.pop()
        if not within:
            outputs.add(name, output)
        return output

    with patched(keras.layers.Layer, "__call__", call_and_record):
        yield outputs


def to_array(tensor: Any) -> np.ndarray:
    """A copy on the host, in a type that NumPy itself can write and read (bfloat16 is none)."""
    array = np.array(keras.ops.convert_to_numpy(tensor))
    return array if array.dtype.isbuiltin == 1 else array.astype("float32")
