"""ONNX by way of a program of PyTorch, in which numbers of rows and lengths stay free."""

import functools
import logging
import tempfile
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import keras
import torch
from torch.utils import _pytree

from triceras.engines.torch_export import write_for_any_rows
from triceras.patching import silent_below

Namer = Callable[[Any], Mapping[str, Any]]


def write_onnx(model: keras.Model, path: Path, name_inputs: Namer, name_outputs: Namer) -> None:
    """Exports a model as `torch.onnx.export` does a program.

    Keras's own way follows one example through the model and keeps what that one took, also where
    the model maps over examples or looks at a length.

    Args:
        model: built, and called once.
        path: of the file.
        name_inputs: gives the leaves of a tree of inputs their names, of which a single one needs
            none.
        name_outputs: the same of outputs.

    Raises:
        RuntimeError: PyTorch cannot trace the model for any number of rows, or ONNX lacks an
            operation.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = str(Path(folder) / "model.pt2")
        write_for_any_rows(
            model, functools.partial(model.export, file, format="torch", verbose=False)
        )
        program: Any = torch.export.load(file)
    # Dictionaries are in another order here than Keras has them in.
    (inputs,), _ = places(program.call_spec.in_spec)
    outputs = places(program.call_spec.out_spec)
    names = in_order(name_inputs(inputs), "input")
    results: list[str] | None = in_order(name_outputs(outputs), "output")
    if set(results) & set(names):
        # Then they are numbered, as ONNX has one name for one thing.
        results = None
    # Of operators of packages that are not there, and of its own.
    with warnings.catch_warnings(), silent_below(logging.getLogger("torch.onnx"), logging.ERROR):
        warnings.simplefilter("ignore")
        written = torch.onnx.export(
            program,
            dynamo=True,
            input_names=names,
            output_names=results,
            verbose=False,
        )
    if written is None:
        raise RuntimeError("PyTorch gave no program of ONNX")
    written.save(path)


def places(spec: Any) -> Any:
    """A tree of a program with the place of each leaf among all."""
    return _pytree.tree_unflatten(list(range(spec.num_leaves)), spec)


def in_order(named: Mapping[str, Any], default: str) -> list[str]:
    """Names in the order of the places that have them."""
    return [name or default for name in sorted(named, key=lambda name: int(named[name]))]
