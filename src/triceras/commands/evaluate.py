"""Evaluates a run that has been trained."""

from typing import Any

from omegaconf import DictConfig
from rich.console import Console
from rich.table import Table

from triceras.checkpoints.finished import load
from triceras.runs.folder import write_json

# Of a run whose loop does not say.
DEVICE_DATA_MB = 2048


def evaluate(config: DictConfig) -> dict[str, float]:
    """Computes the loss and all metrics of a run on the test data.

    They are printed, and kept in `<run folder>/evaluations/<checkpoint>-<data>-<backend>.json`.

    Args:
        config: see `conf/evaluate.yaml`.

    Returns:
        The metrics, by the names that they have in the run's `summary.json`.

    Raises:
        UserError: the run cannot be loaded; see `triceras.checkpoints.finished.load`.
    """
    run = load(config.run, config.checkpoint, config.get("backend"), config.get("data"))
    from triceras.engines import engine_class
    from triceras.modelling.evaluations import evaluations
    from triceras.modelling.preparation import prepare_batches

    augment = run.config.get("augment")
    batch = prepare_batches(run.config.model, run.data, augment, training=False)
    engine = engine_class()(
        run.model,
        batch,
        compile=run.config.compile,
        device_data_mb=run.config.loop.get("device_data_mb", DEVICE_DATA_MB),
    )
    engine.load_state()
    results = engine.evaluate(engine.place(run.data.test), run.config.evaluation_batch_size)
    engine.save_state()
    metrics = {f"test_{name}": value for name, value in results.items()}
    metrics |= evaluations(run.config.model, run.model, run.data, run.folder, metrics)
    metrics = {name: float(value) for name, value in metrics.items()}
    described: dict[str, Any] = {
        "checkpoint": config.checkpoint,
        "step": run.step,
        "backend": run.config.backend.name,
        "data": run.data.name,
        "data_sha256": run.data.sha256,
        "metrics": metrics,
    }
    folder = run.folder / "evaluations"
    folder.mkdir(exist_ok=True)
    path = folder / f"{config.checkpoint}-{run.data.name}-{run.config.backend.name}.json"
    write_json(path, described)
    table = Table("", title=f"{config.checkpoint}, step {run.step}, {run.data.name}, test")
    table.add_column("value", justify="right")
    for name, value in metrics.items():
        table.add_row(name, f"{value:.5g}")
    Console().print(table)
    print(f"evaluation: {path}", flush=True)
    return metrics
