"""The ways in which Keras, and what it calls, write a format."""

import functools
import importlib.util
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from triceras.checkpoints.finished import Run
from triceras.commands.exported_numbers import outputs_of
from triceras.commands.onnx_names import name_ends
from triceras.commands.predict import named_outputs
from triceras.data.tree import leaves, map_tree, named_leaves
from triceras.errors import UserError

Way = Callable[[Run, Path], None]


def ways(run: Run, format: str) -> list[Way]:
    """The ways in which a format is written, from a run to a file, in the order to try them in."""
    if run.config.backend.name != "torch":
        return [of_keras(format)]
    if format == "torch":
        return [as_program]
    if format != "onnx":
        return [of_keras(format)]
    return [*([onnx_of_a_program] if has_another_way() else []), onnx_of_one_example]


def another_way(run: Run, format: str) -> str:
    """What is to be said of a way in which a format cannot be written yet."""
    if format != "onnx" or run.config.backend.name != "torch" or has_another_way():
        return ""
    return "; with onnxscript there is another way: pip install onnxscript"


def has_another_way() -> bool:
    """Whether PyTorch can bring a program to ONNX."""
    return importlib.util.find_spec("onnxscript") is not None


def of_keras(format: str) -> Way:
    """Keras's own way to a format."""

    def write(run: Run, path: Path) -> None:
        call_once(run)
        # The random counters of JAX change from call to call.
        changing = format == "tf_saved_model" and run.config.backend.name == "jax"
        options = {"is_static": False} if changing else {}
        run.model.export(str(path), format=format, verbose=False, **options)

    return write


def as_program(run: Run, path: Path) -> None:
    """A file of PyTorch."""
    from triceras.engines import torch_export

    def write(**options: Any) -> None:
        run.model.export(str(path), format="torch", verbose=False, **options)

    call_once(run)
    torch_export.as_program(run.model, write)


def onnx_of_one_example(run: Run, path: Path) -> None:
    """ONNX as PyTorch follows one example through a model.

    Raises:
        UserError: the model takes inputs of several lengths, or draws what ONNX has not.
    """
    from triceras.engines.torch_onnx import exportable

    check_lengths(run)
    with exportable():
        outputs = call_once(run)
        run.model.export(str(path), format="onnx", verbose=False)
    name_ends(path, names_of(first_inputs(run)), outputs)


def onnx_of_a_program(run: Run, path: Path) -> None:
    """ONNX of a program of PyTorch, for any number of rows and any lengths.

    Raises:
        UserError: the model draws what ONNX has not.
        RuntimeError: it cannot be traced for these.
    """
    from triceras.engines.torch_onnx import exportable
    from triceras.engines.torch_onnx_program import write_onnx

    with exportable():
        call_once(run)
        write_onnx(
            run.model,
            path,
            name_inputs=lambda inputs: dict(named_leaves("", inputs)),
            name_outputs=functools.partial(named_outputs, run.model),
        )


def check_lengths(run: Run) -> None:
    """Checks that a model takes inputs of one length.

    Keras has PyTorch trace a length of 1 and declares any: what loops over it, or pads by it, is
    another model then, which takes all lengths all the same.

    Raises:
        UserError: it takes several.
    """
    from triceras.modelling.build import signature
    from triceras.modelling.preparation import prepare_inputs

    batch = prepare_inputs(run.config.model, run.data, run.config.get("augment"))
    given = getattr(run.model, "inputs", None) or list(leaves(signature(batch.inputs, run.data)))
    if any(None in tuple(tensor.shape)[1:] for tensor in given):
        raise UserError(
            "format=onnx from backend=torch is right for inputs of one length alone, and the model "
            "takes several: use backend=tensorflow or jax, on which the run can be loaded as well, "
            "or a network for one length"
        )


def call_once(run: Run) -> list[str]:
    """Calls the model, which Keras asks for before it exports one, and leaves it as it was.

    Returns:
        The names of its outputs.
    """
    from triceras.engines.state import keep, restore, state_variables

    kept = keep(state_variables(run.model))
    outputs = outputs_of(run.model, first_inputs(run))
    restore(kept)
    return list(outputs)


def names_of(inputs: Any) -> list[str]:
    """The names of several inputs in the order in which Keras takes them out of their tree."""
    import keras

    named = iter([name for name, _ in named_leaves("", inputs)])
    names = keras.tree.flatten(map_tree(lambda _: next(named), inputs))
    return names if all(names) else []


def first_inputs(run: Run) -> Any:
    """The inputs of one example."""
    return inputs_of(run, [slice(1)])[0]


def inputs_of(run: Run, batches: Sequence[Any]) -> list[Any]:
    """The inputs of batches of rows of the test data."""
    from triceras.modelling.preparation import prepare_inputs

    batch = prepare_inputs(run.config.model, run.data, run.config.get("augment"))
    test = run.data.test
    return [batch.for_testing(test.take(rows, batch.parts)).inputs for rows in batches]
