"""Exports the model of a run with Keras, for programs that serve it."""

import contextlib
import io
from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from triceras.checkpoints.finished import Run, load
from triceras.errors import UserError, one_line

# What `keras.Model.export` writes, and how such files end.
ENDINGS = {
    "keras": ".keras",
    "tf_saved_model": "",
    "onnx": ".onnx",
    "openvino": ".xml",
    "litert": ".tflite",
    "torch": ".pt2",
}


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
    run = load(config.run, config.checkpoint, config.get("backend"))
    default = run.folder / "export" / f"{config.checkpoint}{ENDINGS[config.format]}"
    path = Path(config.path or default)
    if ENDINGS[config.format] and path.suffix != ENDINGS[config.format]:
        raise UserError(
            f"path={path} does not end in {ENDINGS[config.format]}, as format={config.format} does"
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    if config.format == "keras":
        from triceras.checkpoints.keras_files import save

        save(run.model, path)
    else:
        try:
            call_once(run)
            # Exporters print pages about what they do.
            with contextlib.redirect_stdout(io.StringIO()), noise(config.format, run):
                run.model.export(
                    str(path), format=config.format, verbose=False, **options(config.format, run)
                )
        except UserError:
            raise
        except ModuleNotFoundError as error:
            raise UserError(
                f"format={config.format} needs the package {error.name}: pip install {error.name}"
            ) from error
        except Exception as error:
            what = f"format={config.format} from backend={run.config.backend.name}"
            raise UserError(
                f"Keras cannot export {what}: {type(error).__name__}: {one_line(error)}"
            ) from error
    print(f"export: {path}", flush=True)
    return path


def call_once(run: Run) -> None:
    """Calls the model, which Keras asks for before it exports one, and leaves it as it was."""
    from triceras.engines.state import keep, restore, state_variables

    kept = keep(state_variables(run.model))
    run.model(first_inputs(run))
    restore(kept)


def first_inputs(run: Run) -> Any:
    """The inputs of one example."""
    from triceras.modelling.preparation import prepare_batches

    batch = prepare_batches(run.config.model, run.data, training=False)
    return batch.for_testing(run.data.test.take(slice(1), batch.parts)).inputs


def noise(format: str, run: Run) -> contextlib.AbstractContextManager[None]:
    """How a model draws that is exported: as it does, or in the way that a format knows."""
    if format == "onnx" and run.config.backend.name == "torch":
        from triceras.engines.torch_export import exportable_noise

        return exportable_noise()
    return contextlib.nullcontext()


def options(format: str, run: Run) -> dict[str, Any]:
    """What a format asks for beside the model."""
    if format == "tf_saved_model" and run.config.backend.name == "jax":
        # The random counters change from call to call.
        return {"is_static": False}
    return {}
