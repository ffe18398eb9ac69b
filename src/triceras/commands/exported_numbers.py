"""Holds an exported file to the numbers of its model.

An exporter traces a model with one example or two: for others, or another number of them, the file
may compute something else, of which nobody would be told.
"""

import importlib.util
import logging
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from triceras.commands.exported_readers import PACKAGES, READERS, Program
from triceras.commands.predict import named_outputs
from triceras.errors import UserError, one_line
from triceras.shortened import shortened

log = logging.getLogger(__name__)

# How far numbers may be off, of the largest of an output: in single precision, and in half.
TOLERANCE, HALF_TOLERANCE = 1e-3, 3e-2
Outputs = Mapping[str, np.ndarray]


class DifferentError(UserError):
    """An exported file computes something else than its model."""


def compare(model: Any, path: Path, format: str, batches: Sequence[Any]) -> str:
    """Compares what a file makes of batches with what its model does.

    Args:
        model: as it was exported. Its state goes on, as with any calls.
        path: what was written, which is removed if it computes something else.
        format: one of `READERS`; others are not compared.
        batches: trees of inputs; the first is of one example.

    Returns:
        What was found, for a person to read.

    Raises:
        UserError: the file computes something else.
    """
    if format not in READERS:
        return f"not compared with the model: nothing here reads format={format}"
    package = PACKAGES.get(format)
    if package is not None and importlib.util.find_spec(package) is None:
        return f"not compared with the model, for which {package} is needed: pip install {package}"
    try:
        return compared(model, READERS[format](path, model), batches)
    except DifferentError as error:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
        raise UserError(
            f"the file {path.name} {error}; it is removed: use another format= or backend="
        ) from error
    except Exception as error:
        # What serves it elsewhere may know more than what is installed here.
        log.warning(f"the file {path.name} could not be used here: {why(error)}")
        return "not compared with the model"


def compared(model: Any, program: Program, batches: Sequence[Any]) -> str:
    """What is to be told of a file that computes what its model does.

    Raises:
        DifferentError: it does not.
        Exception: what it raises when it is given one example.
    """
    from triceras.engines.arrays import length

    limit = HALF_TOLERANCE if is_half(model) else TOLERANCE
    # In the order of the file's calls, as both go on with random numbers from one state; then as an
    # exporter calls it, which leaves alone what a layer is told of training when it is called.
    wanted, again = (
        [outputs_of(model, inputs, training) for inputs in batches] for training in (False, None)
    )
    drawn = {
        name
        for one, other in zip(wanted, again, strict=True)
        for name in one
        if not distance(other[name], one[name]) <= limit
    }
    furthest, rows, refusal = 0.0, 0, ""
    others: set[str] = set()
    for inputs, outputs in zip(batches, wanted, strict=True):
        try:
            given = named_as(model, program(inputs), outputs)
        except Exception as error:
            if not rows:
                raise
            refusal = why(error)
            continue
        for name in outputs:
            try:
                furthest = max(furthest, near(name, given[name], outputs[name], limit))
            except DifferentError:
                if name not in drawn:
                    raise
                others.add(name)
        rows = max(rows, length(inputs))
    return told(furthest, rows, sorted(others), others == set(wanted[0]), refusal)


def told(furthest: float, rows: int, drawn: Sequence[str], all_drawn: bool, refusal: str) -> str:
    """The line about a file that computes what its model does.

    Args:
        furthest: how far an output is from the model's.
        rows: those that it was compared for.
        drawn: outputs with other random numbers than the model's.
        all_drawn: whether there are no others.
        refusal: what it said of batches that it does not take.
    """
    if all_drawn:
        line = "not compared with the model: random numbers are in all that it computes"
    else:
        line = f"compared with the model for {rows} rows of the test data: within {furthest:.1g}"
        if drawn:
            line += f", but for {shortened(drawn)}, in which random numbers are"
    if refusal:
        line += f"; it takes no batches of other sizes or lengths: {refusal}"
    return line


def near(name: str, given: np.ndarray, wanted: np.ndarray, limit: float) -> float:
    """How far an output is from that of the model.

    Raises:
        DifferentError: further than it may be.
    """
    if given.shape != wanted.shape:
        raise DifferentError(
            f"makes {name!r} of shape {given.shape} where the model makes {wanted.shape}"
        )
    off = distance(given, wanted)
    if not off <= limit:
        raise DifferentError(
            f"computes something else than the model: {name!r} of {len(wanted)} rows of the test "
            f"data is up to {off:.2g} of its largest number off"
        )
    return off


def outputs_of(model: Any, inputs: Any, training: bool | None = None) -> Outputs:
    """What a model makes of inputs, by the names of its outputs."""
    import keras

    outputs = model(inputs, training=training)
    return named_outputs(model, keras.tree.map_structure(keras.ops.convert_to_numpy, outputs))


def named_as(model: Any, outputs: Any, wanted: Outputs) -> Outputs:
    """The outputs of a file by the names that the model has for them, or else in their order.

    Args:
        model: it.
        outputs: a tree of arrays.
        wanted: of the model.
    """
    named = named_outputs(model, outputs)
    if set(named) == set(wanted):
        return named
    return dict(zip(wanted, named.values(), strict=True))


def distance(one: Any, other: Any) -> float:
    """How far two arrays of a shape are apart, of the largest number in the other.

    Returns:
        Infinity where one is NaN or infinite and the other is not.
    """
    one, other = np.asarray(one, "float64"), np.asarray(other, "float64")
    finite = np.isfinite(other)
    if not np.array_equal(one[~finite], other[~finite], equal_nan=True):
        return np.inf
    largest = np.abs(other[finite]).max(initial=0.0)
    off = np.abs(one[finite] - other[finite]).max(initial=0.0)
    return float(np.nan_to_num(off / largest if largest else off, nan=np.inf))


def is_half(model: Any) -> bool:
    """Whether a layer computes in half precision."""
    from triceras.modelling.metric_precision import HALF

    return any(layer.compute_dtype in HALF for layer in model._flatten_layers())


def why(error: Exception) -> str:
    """What an exception says, and of which type it is."""
    return f"{type(error).__name__}: {one_line(error)}"
