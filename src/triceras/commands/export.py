"""Exports the model of a run with Keras, for programs that serve it."""

import contextlib
import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from triceras.checkpoints.finished import Run, load
from triceras.checkpoints.other_data import NORMALIZATION, VOCABULARIES
from triceras.commands.exported_numbers import compare, outputs_of
from triceras.commands.onnx_names import name_ends
from triceras.data.tree import leaves, map_tree, named_leaves
from triceras.errors import UserError, one_line
from triceras.modelling.named_parts import inputs_of_model
from triceras.quiet_tensorflow import keep_quiet
from triceras.runs import data_file

# What `keras.Model.export` writes, and how such files end.
ENDINGS = {
    "keras": ".keras",
    "tf_saved_model": "",
    "onnx": ".onnx",
    "openvino": ".xml",
    "litert": ".tflite",
    "torch": ".pt2",
}
# Branches of a model are met with rows that differ.
SEVERAL = 32
# What PyTorch and Keras say where a package is not there.
MISSING = re.compile(r"Module (\w+) is not installed|requires the (\w+) module")


def export(config: DictConfig) -> Path:
    """Writes a run's model in a format for other programs.

    Args:
        config: see `conf/export.yaml`.

    Returns:
        What was written, a file or, for `tf_saved_model`, a folder.

    Raises:
        UserError: no such format, Keras does not export it from this backend, or the run cannot be
            loaded.
    """
    if config.format not in ENDINGS:
        raise UserError(f"format={config.format} is unknown: use one of {', '.join(ENDINGS)}")
    if config.format == "tf_saved_model":
        # JAX, once it is imported, has TensorFlow speak.
        keep_quiet()
    run = load(config.run, config.checkpoint, config.get("backend"))
    default = run.folder / "export" / f"{config.checkpoint}{ENDINGS[config.format]}"
    path = Path(config.path or default)
    if ENDINGS[config.format] and path.suffix != ENDINGS[config.format]:
        raise UserError(
            f"path={path} does not end in {ENDINGS[config.format]}, as format={config.format} does"
        )
    if config.format == "tf_saved_model" and run.config.backend.name == "torch":
        raise UserError(
            "format=tf_saved_model cannot be had from backend=torch: use backend=tensorflow, on "
            "which the run can be loaded as well"
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    if config.format == "keras":
        from triceras.checkpoints.keras_files import save
        from triceras.checkpoints.lost_constants import tell_lost

        save(run.model, path)
        tell_lost(run.model, path)
    else:
        try:
            # Exporters print pages about what they do.
            with contextlib.redirect_stdout(io.StringIO()), traced(config.format, run):
                written(run, path, config.format)
        except UserError:
            raise
        except Exception as error:
            missing = missing_package(error)
            if missing is not None:
                line = f"format={config.format} needs the package {missing}: pip install {missing}"
                if config.format == "onnx" and run.config.backend.name != "torch":
                    line += ", or backend=torch, on which the run can be loaded as well"
                raise UserError(line) from error
            what = f"format={config.format} from backend={run.config.backend.name}"
            raise UserError(
                f"Keras cannot export {what}: {type(error).__name__}: {one_line(error)}"
            ) from error
    found = compare(run.model, path, config.format, batches_of_test_data(run))
    for line in forms_of_inputs(run):
        print(line)
    print(found)
    print(f"export: {path}", flush=True)
    return path


def missing_package(error: Exception) -> str | None:
    """The package for want of which an exporter failed, if that is why."""
    if isinstance(error, ModuleNotFoundError):
        return error.name
    found = MISSING.search(str(error))
    return found and (found[1] or found[2])


def forms_of_inputs(run: Run) -> list[str]:
    """What is done to inputs before the model is given them, which no exported file does."""
    kept = data_file.kept(run.folder) or {}
    done = {
        NORMALIZATION: "less the means and over the deviations in",
        VOCABULARIES: "as the places of their texts, counted from 0, in",
    }
    return [
        f"the input {part!r} wants its numbers {how} {run.folder / 'data.json'} ({key})"
        for part in dict.fromkeys(leaves(inputs_of_model(run.config.model, run.data)))
        for key, how in done.items()
        if part in kept.get(key, {})
    ]


def written(run: Run, path: Path, format: str) -> None:
    """Has Keras write a format."""

    def write(**others: Any) -> None:
        run.model.export(str(path), format=format, verbose=False, **others)

    if format == "onnx" and run.config.backend.name == "torch":
        check_lengths(run)
    outputs = call_once(run)
    if run.config.backend.name != "torch":
        write(**options(format, run))
    elif format == "torch":
        from triceras.engines.torch_export import as_program

        as_program(run.model, write)
    else:
        write()
        if format == "onnx":
            name_ends(path, names_of(first_inputs(run)), outputs)


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


def batches_of_test_data(run: Run) -> list[Any]:
    """Inputs with which a file is compared with the model: of one row, and of several."""
    batches = run.data.test.batches(SEVERAL)
    # Those of data of several lengths differ in their length too.
    several = [batches[place] for place in sorted({0, len(batches) // 2})]
    return inputs_of(run, [slice(1), *several])


def traced(format: str, run: Run) -> contextlib.AbstractContextManager[None]:
    """How a model computes while it is exported: as it does, or in the way that a format knows."""
    if format == "onnx" and run.config.backend.name == "torch":
        from triceras.engines.torch_onnx import exportable

        return exportable()
    return contextlib.nullcontext()


def options(format: str, run: Run) -> dict[str, Any]:
    """What a format asks for beside the model."""
    if format == "tf_saved_model" and run.config.backend.name == "jax":
        # The random counters change from call to call.
        return {"is_static": False}
    return {}
