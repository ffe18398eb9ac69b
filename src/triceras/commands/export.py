"""Exports the model of a run with Keras, for programs that serve it."""

import contextlib
import io
import re
from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from triceras.checkpoints.finished import Run, load
from triceras.checkpoints.other_data import NORMALIZATION, VOCABULARIES
from triceras.commands.export_ways import Way, another_way, inputs_of, ways
from triceras.commands.exported_numbers import compare
from triceras.data.tree import leaves
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
        found = compare(run.model, path, config.format, batches_of_test_data(run))
    else:
        found = exported(run, path, config.format)
    for line in forms_of_inputs(run):
        print(line)
    print(found)
    print(f"export: {path}", flush=True)
    return path


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


def exported(run: Run, path: Path, format: str) -> str:
    """Writes a format, in the first way in which the file computes what the model does.

    Returns:
        How it was compared with the model, for a person to read.

    Raises:
        UserError: there is none. It tells of the last, which says most.
    """
    batches = batches_of_test_data(run)
    last: UserError | None = None
    for way in ways(run, format):
        try:
            written(run, path, format, way)
            return compare(run.model, path, format, batches)
        except UserError as error:
            last = error
    raise UserError(f"{last}{another_way(run, format)}") from last


def written(run: Run, path: Path, format: str, way: Way) -> None:
    """Writes a format in one way.

    Raises:
        UserError: it cannot be had so.
    """
    try:
        # Exporters print pages about what they do.
        with contextlib.redirect_stdout(io.StringIO()):
            way(run, path)
    except UserError:
        raise
    except Exception as error:
        missing = missing_package(error)
        if missing is not None:
            line = f"format={format} needs the package {missing}: pip install {missing}"
            if format == "onnx" and run.config.backend.name != "torch":
                line += ", or backend=torch, on which the run can be loaded as well"
            raise UserError(line) from error
        what = f"format={format} from backend={run.config.backend.name}"
        raise UserError(
            f"Keras cannot export {what}: {type(error).__name__}: {one_line(error)}"
        ) from error


def missing_package(error: Exception) -> str | None:
    """The package for want of which an exporter failed, if that is why."""
    if isinstance(error, ModuleNotFoundError):
        return error.name
    found = MISSING.search(str(error))
    return found and (found[1] or found[2])


def batches_of_test_data(run: Run) -> list[Any]:
    """Inputs with which a file is compared with the model: of one row, and of several."""
    batches = run.data.test.batches(SEVERAL)
    # Those of data of several lengths differ in their length too.
    several = [batches[place] for place in sorted({0, len(batches) // 2})]
    return inputs_of(run, [slice(1), *several])
