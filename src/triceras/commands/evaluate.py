"""Evaluates a run that has been trained."""

import dataclasses
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from omegaconf import DictConfig
from rich.console import Console
from rich.table import Table

from triceras.checkpoints.finished import Run, load
from triceras.commands.data_identity import identity, is_of_the_same, short_hash
from triceras.commands.other_rows import warn_of_other_rows
from triceras.commands.splits import called, check_split, chosen, in_one, told
from triceras.data.announced import held_to_its_word
from triceras.data.dataset import Split
from triceras.data.not_finite import warn_of_no_numbers
from triceras.data.tree import leaves
from triceras.errors import UserError
from triceras.runs import record
from triceras.runs.folder import write_json
from triceras.settings import check_whole

log = logging.getLogger(__name__)

# Of a run whose loop does not say.
DEVICE_DATA_MB = 2048


def evaluate(config: DictConfig) -> dict[str, float]:
    """Computes the loss and all metrics of a run on the test data, or on another split.

    They are printed, and kept in `<run folder>/evaluations/<checkpoint>-<data>-<backend>.json`; the
    name of a file on another split than the test data says which. Where the file is there and is of
    other data of the same name, a short hash of these is in the name of the new one.

    Args:
        config: see `conf/evaluate.yaml`.

    Returns:
        The metrics, by the names that they have in the run's `summary.json`: they begin with
        `test_`, `val_` or `train_`, or with `all_` for the whole data set.

    Raises:
        UserError: the run cannot be loaded (see `triceras.checkpoints.finished.load`), or there is
            no such split.
    """
    check_split(config.split)
    if config.batch_size is not None:
        check_whole("batch_size", config.batch_size)
    others = config.get("backend"), config.get("data")
    run = load(config.run, config.checkpoint, *others, whole=config.split == "all")
    from triceras.engines import engine_class
    from triceras.modelling.class_labels import BESIDE_IGNORED, class_labels
    from triceras.modelling.evaluations import evaluations
    from triceras.modelling.ignored_labels import tell_of_ignored_labels
    from triceras.modelling.missing_rows import telling_missing_rows
    from triceras.modelling.output_shapes import check_output_shapes
    from triceras.modelling.preparation import prepare_batches
    from triceras.modelling.table_rows import TRAINED, hold_to_tables
    from triceras.modelling.target_ranges import check_targets
    from triceras.modelling.weight_shapes import check_weight_shapes
    from triceras.modelling.weights_of_examples import check_weights_of_examples

    augment = run.config.get("augment")
    batch = prepare_batches(run.config.model, run.data, augment, training=False)
    begun = record.read(run.folder)
    other = config.get("data") is not None
    wanted = class_labels(run.model, batch, run.data, not other and BESIDE_IGNORED not in begun)
    held_to_its_word(run.data, f"the data {run.data.name}", wanted, pictures=False)
    check_targets(run.model, batch, run.data)
    check_output_shapes(run.model, batch, run.data)
    check_weight_shapes(run.model, batch, run.data)
    splits = chosen(run.data, config.split)
    named = called(config.split)
    hold_to_tables(run.model, batch, run.data, {named: splits}, TRAINED, begun)
    engine = engine_class()(
        run.model,
        batch,
        compile=run.config.compile,
        device_data_mb=run.config.loop.get("device_data_mb", DEVICE_DATA_MB),
    )
    # Which on PyTorch takes less time than to trace it.
    engine.planned_evaluations = 1
    engine.load_state()
    data = dataclasses.replace(run.data, test=in_one(splits))
    give_to_metrics(run, engine, data.test, batch.parts)
    check_weights_of_examples(batch, {named: data.test}, trains=False)
    names = list(leaves(batch.inputs))
    rows = run.folder, data, [data.test], names, config.split
    seen = warn_of_other_rows(*rows) if other else None
    if other:
        # Of its own it was told when it was trained.
        tell_of_ignored_labels(run.model, batch, dataclasses.replace(data, train=data.test))
    size = config.batch_size or run.config.evaluation_batch_size
    where = f"the {named} data"
    with telling_missing_rows(run.model, batch, data.test, where=where, cure=TRAINED):
        results = engine.evaluate(engine.place(data.test), size)
    engine.save_state()
    prefix = "val" if config.split == "validation" else config.split
    metrics = {f"{prefix}_{name}": value for name, value in results.items()}
    warn_of_no_numbers(metrics, data.test, batch.parts, config.split)
    try:
        metrics |= evaluations(run.config.model, run.model, data, run.folder, metrics, batch.inputs)
    except UserError as error:
        # The metrics are what was asked for, and are there.
        log.warning("%s", error)
    metrics = {name: float(value) for name, value in metrics.items()}
    described: dict[str, Any] = {
        "checkpoint": config.checkpoint,
        "step": run.step,
        "backend": run.config.backend.name,
        **identity(run),
        "split": config.split,
        "rows": len(data.test),
        **({} if seen is None else {"rows_trained_on": seen}),
        "metrics": metrics,
    }
    folder = run.folder / "evaluations"
    folder.mkdir(exist_ok=True)
    path = own_file(folder, described)
    write_json(path, described)
    # No title of the table, in which it would be folded to the table's width.
    print(told(config.checkpoint, run.step, run.data.name, config.split, len(data.test)))
    table = Table("")
    table.add_column("value", justify="right")
    for name, value in metrics.items():
        table.add_row(name, f"{value:.5g}")
    Console().print(table)
    print(f"evaluation: {path}", flush=True)
    return metrics


def give_to_metrics(run: Run, engine: Any, split: Split, names: Sequence[str]) -> None:
    """Gives metrics what callbacks had changed of them: they are there once a batch was tried.

    Args:
        run: with the checkpoint that has it.
        engine: of its model.
        split: of whose rows one is tried.
        names: of the parts that are needed.
    """
    from triceras.checkpoints import changed_constants

    constants = run.saved.document.get("constants") or {}
    if any(entry["kind"] == "metric" for entry in constants.get("attributes", ())):
        engine.ensure_tried(split.take(slice(1), names), 1)
        changed_constants.give(run.model, constants, run.saved.arrays)


def own_file(folder: Path, described: Mapping[str, Any]) -> Path:
    """The file for an evaluation, which is of no other data.

    Args:
        folder: of all evaluations of a run.
        described: what is to be in it.
    """
    split = "" if described["split"] == "test" else f"{described['split']}-"
    begins = f"{described['checkpoint']}-{described['data']}-{split}"
    path = folder / f"{begins}{described['backend']}.json"
    if not path.exists() or is_of_the_same(path, described):
        return path
    return folder / f"{begins}{short_hash(described)}-{described['backend']}.json"
