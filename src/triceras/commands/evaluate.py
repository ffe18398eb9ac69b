"""Evaluates a run that has been trained."""

import dataclasses
import logging
from typing import Any

from omegaconf import DictConfig
from rich.console import Console
from rich.table import Table

from triceras.checkpoints.finished import load
from triceras.commands.splits import check_split, chosen, in_one
from triceras.data.announced import held_to_its_word
from triceras.data.not_finite import warn_of_no_numbers
from triceras.errors import UserError
from triceras.runs.folder import write_json
from triceras.settings import check_whole

log = logging.getLogger(__name__)

# Of a run whose loop does not say.
DEVICE_DATA_MB = 2048


def evaluate(config: DictConfig) -> dict[str, float]:
    """Computes the loss and all metrics of a run on the test data, or on another split.

    They are printed, and kept in `<run folder>/evaluations/<checkpoint>-<data>-<backend>.json`; the
    name of a file on another split than the test data says which.

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
    run = load(config.run, config.checkpoint, config.get("backend"), config.get("data"))
    from triceras.engines import engine_class
    from triceras.modelling.class_labels import class_labels
    from triceras.modelling.evaluations import evaluations
    from triceras.modelling.preparation import prepare_batches

    augment = run.config.get("augment")
    batch = prepare_batches(run.config.model, run.data, augment, training=False)
    wanted = class_labels(run.model, batch, run.data)
    held_to_its_word(run.data, f"the data {run.data.name}", wanted)
    engine = engine_class()(
        run.model,
        batch,
        compile=run.config.compile,
        device_data_mb=run.config.loop.get("device_data_mb", DEVICE_DATA_MB),
    )
    engine.load_state()
    data = dataclasses.replace(run.data, test=in_one(chosen(run.data, config.split)))
    size = config.batch_size or run.config.evaluation_batch_size
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
        "data": run.data.name,
        "data_sha256": run.data.sha256,
        "split": config.split,
        "rows": len(data.test),
        "metrics": metrics,
    }
    folder = run.folder / "evaluations"
    folder.mkdir(exist_ok=True)
    split = "" if config.split == "test" else f"{config.split}-"
    path = folder / f"{config.checkpoint}-{run.data.name}-{split}{run.config.backend.name}.json"
    write_json(path, described)
    # No title of the table, in which it would be folded to the table's width.
    what = f"{run.data.name}, {config.split}, {len(data.test):,} rows"
    print(f"{config.checkpoint} checkpoint, step {run.step:,}: {what}")
    table = Table("")
    table.add_column("value", justify="right")
    for name, value in metrics.items():
        table.add_row(name, f"{value:.5g}")
    Console().print(table)
    print(f"evaluation: {path}", flush=True)
    return metrics
