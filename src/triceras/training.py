"""One training run, from a configuration to a run folder."""

import dataclasses
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from triceras import backend, settings
from triceras.config import build
from triceras.errors import UserError
from triceras.runs import record
from triceras.runs.folder import create_run_folder
from triceras.runs.identity import identity
from triceras.runs.log import stop_log, write_log_to
from triceras.runs.stopwatch import Stopwatch

log = logging.getLogger(__name__)


@dataclasses.dataclass
class Outcome:
    """What came of a run.

    Args:
        folder: the run folder.
        summary: what is in its `summary.json`.
        objects: `model`, `data` and `history`, for tests and notebooks.
        objective: the value of `config.monitor` at the end, or `None`.
    """

    folder: Path
    summary: dict[str, Any]
    objects: dict[str, Any]
    objective: float | None


def train(config: DictConfig) -> Outcome:
    """Trains what a configuration describes.

    The last line that it prints is `run: <run folder>`, also where the run failed.

    Args:
        config: as `scripts/train.py` is given it; see `conf/train.yaml`.

    Returns:
        An `Outcome`.

    Raises:
        UserError: something is wrong with what the user gave; what the run had saved stays.
    """
    stopwatch = Stopwatch()
    settings.check(config)
    backend.use(config.backend.name, config.backend.environment)
    data = build("data", config.data)
    settings.check_data(config, data)
    with run_folder(config, data) as folder:
        # Keras is imported from here on, on the backend that was chosen above.
        from triceras.experiment import run_experiment

        return Outcome(folder, **run_experiment(config, data, folder, stopwatch))


@contextmanager
def run_folder(config: DictConfig, data: Any) -> Iterator[Path]:
    """A new run folder, in which `run.json` tells how the run ended, whatever happens."""
    name = f"{config.backend.name}-{config.loop.name}-seed{config.seed}"
    folder = create_run_folder(config.output_dir, config.experiment, name)
    handler = write_log_to(folder / "train.log")
    try:
        OmegaConf.save(config, folder / "config.yaml", resolve=True)
        record.update(
            folder,
            {
                "id": folder.name,
                "status": "running",
                "experiment": config.experiment,
                "backend": config.backend.name,
                "loop": config.loop.name,
                "seed": config.seed,
                "started": record.now(),
                "data_sha256": data.sha256,
                "resumed_from": None,
                "wandb_id": None,
                **identity(),
            },
        )
        yield folder
        record.update(folder, {"status": "finished", "ended": record.now()})
    except BaseException as error:
        interrupted = isinstance(error, KeyboardInterrupt)
        log.info("the run ended early", exc_info=not interrupted)
        status = "interrupted" if interrupted else "failed"
        record.update(folder, {"status": status, "ended": record.now(), "error": str(error)})
        if isinstance(error, Exception) and not isinstance(error, UserError):
            error.add_note(f"its traceback is in {folder / 'train.log'}")
        raise
    finally:
        stop_log(handler)
        print(f"run: {folder}", flush=True)
