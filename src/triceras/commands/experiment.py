"""What a run does once Keras runs on its backend: build, train, evaluate, draw, sum up."""

import logging
import sys
from pathlib import Path
from typing import Any

import keras
from omegaconf import DictConfig, OmegaConf

from triceras import engines
from triceras.checkpoints import checkpoint_files
from triceras.checkpoints.checkpoints import Checkpoints, NoCheckpoints
from triceras.checkpoints.snapshot import Position, Snapshot
from triceras.config import build
from triceras.data.augment import augmentation
from triceras.data.batch import BatchPreparation
from triceras.data.dataset import Dataset
from triceras.errors import UserError
from triceras.figures.callback import FigureCallback
from triceras.lazy_tensorflow import keep_tensorflow_out
from triceras.loops.job import Job
from triceras.loops.recorder import Recorder
from triceras.loops.schedule import Schedule
from triceras.modelling.build import build_model
from triceras.random.install import install, uninstall
from triceras.runs import record
from triceras.runs.epochs import RecordEpochs
from triceras.runs.folder import write_json
from triceras.runs.monitor import monitored
from triceras.runs.stop import Interrupted, Stop
from triceras.runs.stopwatch import Stopwatch
from triceras.runs.summary import print_summary, summarize
from triceras.settings import plain
from triceras.tracking.csv_files import CsvFiles
from triceras.tracking.tracker import Tracker

log = logging.getLogger(__name__)


def run_experiment(
    config: DictConfig, data: Dataset, folder: Path, stopwatch: Stopwatch, stop: Stop
) -> dict[str, Any]:
    """Trains and evaluates a model, and fills the run folder.

    Args:
        config: see `conf/train.yaml`.
        data: the data set.
        folder: the run folder.
        stopwatch: running since the start of the run.
        stop: says whether someone has asked the run to stop.

    Returns:
        A dictionary of the fields of `triceras.commands.train.Outcome`, without `folder`.
    """
    set_up_keras(config)
    record.update(folder, {"device": engines.module().device()})
    resumed = go_on(folder)
    trackers = [CsvFiles(config.log_every), build("logger", config.logger)]
    for tracker in trackers:
        tracker.start(folder, plain(config), record.read(folder))
    stopwatch.lap("startup")

    status = "failed"
    summary: dict[str, Any] = {}
    recorder = Recorder([tracker.log_steps for tracker in trackers])
    recorder.step = resumed.position.step if resumed else 0
    job = None
    try:
        schedule = make_schedule(config, data)
        model = build_model(config.model, config.optimizer, data, schedule.total_steps)
        job = make_job(config, data, schedule, folder, model, recorder, trackers, stop, resumed)
        loop = build(
            "loop",
            OmegaConf.masked_copy(config.loop, [key for key in config.loop if key != "name"]),
            job=job,
        )
        stopwatch.lap("build")
        with stop.while_training():
            history = loop.train()
        stopwatch.lap("train")
        metrics = {name: values[-1] for name, values in history.history.items()}
        metrics |= {f"test_{k}": v for k, v in loop.evaluate(data.test).items()}
        for name, evaluation in config.model.evaluations.items():
            metrics |= build(
                f"model.evaluations.{name}",
                evaluation,
                model=model,
                data=data.test,
                train=data.train,
            )
        status = "finished"
        summary = summarize(config, model, recorder, metrics, stopwatch)
        write_json(folder / "summary.json", summary)
    except KeyboardInterrupt as error:
        status = "interrupted"
        if isinstance(error, Interrupted):
            leave_keras_files(job)
        raise
    except Exception:
        leave_keras_files(job)
        raise
    finally:
        last = folder / "checkpoints" / "last.keras"
        for tracker in trackers:
            tracker.finish(status, summary, last if last.exists() else None)
    print_summary(summary, folder)
    monitor = monitored(metrics, config.monitor)
    return {
        "summary": summary,
        "objects": {"model": model, "data": data, "history": history},
        "objective": metrics[monitor] if monitor else None,
    }


def set_up_keras(config: DictConfig) -> None:
    """Does all that a run does before its model is built, in this order."""
    keep_tensorflow_out()
    engines.module()  # It sets the framework up, which comes too late once something was computed.
    install() if config.random == "portable" else uninstall()
    keras.config.set_dtype_policy(config.precision)
    keras.utils.set_random_seed(config.seed)


def make_schedule(config: DictConfig, data: Dataset) -> Schedule:
    """Which rows each step sees."""
    return Schedule(
        config.seed,
        len(data.train),
        config.batch_size,
        config.epochs,
        config.max_steps,
        config.shuffle_buffer,
    )


def make_job(
    config: DictConfig,
    data: Dataset,
    schedule: Schedule,
    folder: Path,
    model: keras.Model,
    recorder: Recorder,
    trackers: list[Tracker],
    stop: Stop,
    resumed: Snapshot | None,
) -> Job:
    """Puts together what a loop needs."""
    progress_bar = config.progress_bar
    if progress_bar == "auto":
        progress_bar = sys.stdout.isatty()
    figures = FigureCallback(
        {
            name: build(f"figures.draw.{name}", figure)
            for name, figure in config.figures.draw.items()
        },
        data=data,
        folder=folder,
        seed=config.seed,
        every=config.figures.every,
        trackers=trackers,
        steps=lambda: recorder.step,
    )
    callbacks = [
        build(f"callback.{name}", callback, folder=folder / "checkpoints")
        for name, callback in config.callback.items()
    ]
    # It comes last, and History before it, so that it sees what all others remember.
    saving = [callback for callback in callbacks if isinstance(callback, Checkpoints)]
    others = [callback for callback in callbacks if not isinstance(callback, Checkpoints)]
    history = keras.callbacks.History()
    everyone = [
        RecordEpochs(recorder, trackers, not progress_bar),
        figures,
        *others,
        history,
        *saving,
    ]
    for callback in saving:
        callback.attach(schedule, recorder, everyone, trackers, stop, resumed)
    return Job(
        model=model,
        data=data,
        batch=BatchPreparation(config.model.targets, augmentation(data.augment)),
        schedule=schedule,
        evaluation_batch_size=config.evaluation_batch_size,
        callbacks=everyone,
        recorder=recorder,
        checkpoints=saving[0] if saving else NoCheckpoints(stop),
        start=resumed.position if resumed else Position(),
        planned_steps=planned_steps(folder, schedule),
        compile=config.compile,
        progress_bar=progress_bar,
    )


def go_on(folder: Path) -> Snapshot | None:
    """What a run goes on from, noted in `run.json`; `None` for a new run.

    A run that was resumed and has no checkpoint begins again, in its folder.
    """
    run = record.read(folder)
    if run["resumed_from"] is None:
        return None
    found = checkpoint_files.newest(folder / "checkpoints")
    position = found[0].position if found else Position()
    came_from = {
        "checkpoint": str(found[1].relative_to(folder)) if found else None,
        "step": position.step,
        "epoch": position.epoch,
        "at": record.now(),
        "backend": found[0].document["backend"] if found else None,
    }
    record.update(
        folder,
        {"resumed_from": came_from, "resumptions": [*run.get("resumptions", []), came_from]},
    )
    print(f"resumed after step {position.step}", flush=True)
    log.info(f"resumed after step {position.step} from {came_from['checkpoint']}")
    return found[0] if found else None


def planned_steps(folder: Path, schedule: Schedule) -> int:
    """How many steps the run was expected to take when it first began.

    An engine chooses its compiler by it, and a run that goes on must go on with the same program.
    """
    run = record.read(folder)
    if "planned_steps" not in run:
        record.update(folder, {"planned_steps": schedule.total_steps})
    return run.get("planned_steps", schedule.total_steps)


def leave_keras_files(job: Job | None) -> None:
    """Leaves Keras's files of what was saved before a run ended early, where that can be done."""
    if job is None or not isinstance(job.checkpoints, Checkpoints):
        return
    try:
        job.checkpoints.end_early()
    except (UserError, OSError) as error:
        log.warning(f"no .keras files: {error}")
