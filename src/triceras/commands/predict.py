"""Writes what the model of a run makes of data."""

import copy
import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from omegaconf import DictConfig, open_dict

from triceras.checkpoints.finished import Run, load
from triceras.commands.data_identity import identity, is_of_the_same, short_hash
from triceras.commands.other_rows import warn_of_other_rows
from triceras.commands.prediction_file import check_output, written
from triceras.commands.splits import called, check_split, chosen, told
from triceras.commands.target_scales import tell_of_scales
from triceras.data.dataset import Split
from triceras.data.tree import leaves
from triceras.errors import UserError, one_line
from triceras.runs import record
from triceras.runs.folder import write_json
from triceras.settings import check_whole
from triceras.shortened import shortened

log = logging.getLogger(__name__)

# How many rows a message names.
SHOWN = 3


def predict(config: DictConfig) -> Path:
    """Writes the outputs of a run's model for each example, and the number of its row.

    The last line that it prints is `predictions: <file>`.

    Args:
        config: see `conf/predict.yaml`.

    Returns:
        The file: arrays, or columns, `row` and one for each output.

    Raises:
        UserError: the run cannot be loaded, there is no such split, the data are not what the
            model takes, or the file cannot be written.
    """
    check_split(config.split)
    if config.batch_size is not None:
        check_whole("batch_size", config.batch_size)
    if config.output is not None:
        check_output(config.output)
    others = config.get("backend"), config.get("data")
    run = load(config.run, config.checkpoint, *others, compare=False, whole=config.split == "all")
    from triceras.modelling.table_rows import TRAINED, hold_to_tables

    described = {"checkpoint": config.checkpoint, "step": run.step, "split": config.split}
    described |= {"backend": run.config.backend.name, **identity(run)}
    path = Path(config.output) if config.output else own_file(run.folder / "predictions", described)
    size = config.batch_size or run.config.evaluation_batch_size
    splits = chosen(run.data, config.split)
    batch = given_to(run)
    named = called(config.split)
    begun = record.read(run.folder)
    hold_to_tables(run.model, batch, run.data, {named: splits}, TRAINED, begun)
    names = list(leaves(batch.inputs))
    tell_of_scales(run, batch.inputs)
    if config.get("data") is not None:
        warn_of_other_rows(run.folder, run.data, splits, names, config.split)
    batches = in_turn(splits, size)
    numbers = np.concatenate([split.numbers[rows] for split, rows in batches])
    lost: list[np.ndarray] = []
    with written(path, numbers) as write:
        for outputs in predictions(run, batch, batches, size, named):
            write(outputs)
            lost.append(no_numbers(outputs))
    tell_of_no_numbers(np.sort(numbers[np.concatenate(lost)]))
    if config.output is None:
        write_json(path.with_suffix(".json"), described)
    print(told(config.checkpoint, run.step, run.data.name, config.split, len(numbers)))
    print(f"predictions: {path}", flush=True)
    return path


def no_numbers(outputs: Mapping[str, np.ndarray]) -> np.ndarray:
    """For each row, whether one of its outputs is NaN or infinite."""
    found = np.zeros(len(next(iter(outputs.values()))), bool)
    for array in outputs.values():
        if array.dtype.kind == "f":
            found |= ~np.isfinite(array).reshape(len(array), -1).all(1)
    return found


def tell_of_no_numbers(rows: np.ndarray) -> None:
    """Says which rows have predictions that are NaN or infinite."""
    if len(rows):
        log.warning(
            f"predictions of row {shortened(rows.tolist(), SHOWN)} are NaN or infinite: "
            "look at what the model is given there, as NaN or a whole number for which an "
            "Embedding has no row"
        )


def own_file(folder: Path, described: Mapping[str, Any]) -> Path:
    """The file for predictions, which are of no other data; a JSON file beside says of which.

    Args:
        folder: of all predictions of a run.
        described: of what they are.
    """
    stem = f"{described['checkpoint']}-{described['data']}-{described['split']}"
    path = folder / f"{stem}.npz"
    if not path.exists() or is_of_the_same(path.with_suffix(".json"), described):
        return path
    return folder / f"{stem}-{short_hash(described)}.npz"


def in_turn(splits: list[Split], size: int) -> list[tuple[Split, Any]]:
    """All batches, each a split and rows of it; those of several lengths from the longest on."""
    batches = [(split, rows) for split in splits for rows in split.batches(size)]

    def length(batch: tuple[Split, Any]) -> int:
        split, rows = batch
        return 0 if split.buckets is None else int(split.buckets[rows].max())

    return sorted(batches, key=length, reverse=True)


def predictions(
    run: Run, batch: Any, batches: list[tuple[Split, Any]], size: int, named: str = "test"
) -> Iterator[dict[str, np.ndarray]]:
    """The outputs of the model for each batch, by name."""
    from triceras import engines
    from triceras.modelling.missing_rows import telling_missing_rows
    from triceras.modelling.table_rows import TRAINED

    engines.mend_fit()
    for split, rows in batches:
        try:
            inputs = batch.for_testing(split.take(rows, batch.parts)).inputs
        except KeyError as error:
            raise UserError(
                f"what augments the run of {run.folder} reads {error}, which {run.data.name} "
                "lacks: give data that have it"
            ) from error
        try:
            where = f"the {named} data"
            with telling_missing_rows(run.model, batch, split, where=where, cure=TRAINED):
                outputs = run.model.predict(inputs, size, verbose=0)
        except UserError:
            raise
        except (ValueError, IndexError, RuntimeError) as error:
            raise UserError(
                f"the model of {run.folder} does not take these data: {one_line(error)}"
            ) from error
        yield named_outputs(run.model, outputs)


def given_to(run: Run) -> Any:
    """How rows of the data become what the model is given, and no more than that."""
    from triceras.modelling.preparation import prepare_inputs

    model = copy.deepcopy(run.config.model)
    with open_dict(model):
        # Nothing is compared with what is predicted, which the data may not have.
        model.update(targets=None, sample_weight=None, class_weight=None)
    return prepare_inputs(model, run.data, run.config.get("augment"))


def named_outputs(model: Any, outputs: Any) -> dict[str, np.ndarray]:
    """A tree of outputs by name: `output` where there is one."""
    from triceras.data.tree import named_leaves

    names = getattr(model, "output_names", None)
    # Of a layer that is called twice both outputs have its name.
    if isinstance(outputs, list | tuple) and names and len(set(names)) == len(outputs):
        outputs = dict(zip(names, outputs, strict=True))
    found = named_leaves("" if isinstance(outputs, dict) else "output", outputs)
    return {name.replace(".", "_"): of_numpy(np.asarray(array)) for name, array in found}


def of_numpy(array: np.ndarray) -> np.ndarray:
    """An array of a type that NumPy has: it would write bfloat16 as bytes that mean nothing."""
    return array.astype("float32") if array.dtype.kind == "V" else array
