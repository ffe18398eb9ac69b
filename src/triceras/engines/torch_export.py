"""Programs of PyTorch: a model exported for batches of any size, and read back."""

import logging
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import torch
from keras import ops
from keras.src.export.export_utils import get_input_signature

log = logging.getLogger(__name__)

# Of losses of the layers, which are none of what it computes.
ASSIGNED = ".*was assigned during export"


def as_program(model: keras.Model, write: Callable[..., None]) -> None:
    """Exports a model as a program of PyTorch, for batches of any size where that can be.

    Keras's own way takes batches of one example alone. Gradients are left out, as a program with
    parts that switch them off is written, but cannot be read.

    Args:
        model: built, and called once.
        write: exports it, by the arguments of `torch.export.export`.

    Raises:
        RuntimeError: it takes inputs of several lengths, and cannot be traced for them.
    """
    try:
        write_for_any_rows(model, write)
    except RuntimeError:
        if any(None in spec.shape[1:] for spec in keras.tree.flatten(get_input_signature(model))):
            raise
        with torch.no_grad(), warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=ASSIGNED)
            write()
        log.warning(
            "the exported program takes batches of one example alone: PyTorch cannot trace the "
            "model for any number of them"
        )


def write_for_any_rows(model: keras.Model, write: Callable[..., None]) -> None:
    """Exports a model as `as_program` does, where that can be for batches of any size.

    Raises:
        RuntimeError: it cannot.
    """
    signature = tuple(get_input_signature(model))
    with torch.no_grad(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=ASSIGNED)
        write(dynamic_shapes=[keras.tree.map_structure(free_axes, signature)])


def free_axes(spec: Any) -> dict[int, Any]:
    """The axes of an input that may have any size."""
    sizes = {axis: torch.export.Dim.DYNAMIC for axis, size in enumerate(spec.shape) if size is None}
    return sizes | {0: torch.export.Dim("batch", min=1)}


def read_program(path: Path) -> Callable[[Any], Any]:
    """What a file that `as_program` wrote makes of a tree of inputs.

    Args:
        path: the file.

    Returns:
        From a tree of arrays, of the types that the model takes, to one of arrays.
    """
    program = torch.export.load(path).module()

    def call(inputs: Any) -> Any:
        with torch.no_grad():
            outputs = program(keras.tree.map_structure(ops.convert_to_tensor, inputs))
        return keras.tree.map_structure(ops.convert_to_numpy, outputs)

    return call
