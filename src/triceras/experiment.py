"""What a run does once Keras runs on its backend: build, train, evaluate, draw, sum up."""

import logging
import sys
from pathlib import Path
from typing import Any

import keras
from omegaconf import DictConfig, OmegaConf

from triceras import engines
from triceras.config import build
from triceras.data.augment import augmentation
from triceras.data.batch import BatchPreparation
from triceras.data.dataset import Dataset
from triceras.figures.callback import FigureCallback
from triceras.lazy_tensorflow import keep_tensorflow_out
from triceras.loops.job import Job
from triceras.loops.recorder import Recorder
from triceras.loops.schedule import Schedule
from triceras.models.build import build_model
from triceras.random.install import install, uninstall
from triceras.runs import record
from triceras.runs.epochs import RecordEpochs
from triceras.runs.folder import write_json
from triceras.runs.monitor import monitored
from triceras.runs.stopwatch import Stopwatch
from triceras.runs.summary import print_summary, summarize
from triceras.settings import plain
from triceras.tracking.csv_files import CsvFiles
from triceras.tracking.tracker import Tracker

log = logging.getLogger(__name__)


def run_experiment(
    config: DictConfig, data: Dataset, folder: Path, stopwatch: Stopwatch
) -> dict[str, Any]:
    """Trains and evaluates a model, and fills the run folder.

    Args:
        config: see `conf/train.yaml`.
        data: the data set.
        folder: the run folder.
        stopwatch: running since the start of the run.

    Returns:
        A dictionary of the fields of `triceras.training.Outcome`, without `folder`.
    """
    keep_tensorflow_out()
    install() if config.random == "portable" else uninstall()
    keras.config.set_dtype_policy(config.precision)
    keras.utils.set_random_seed(config.seed)
    record.update(folder, {"device": engines.module().device()})
    trackers = [CsvFiles(config.log_every), build("logger", config.logger)]
    for tracker in trackers:
        tracker.start(folder, plain(config), record.read(folder))
    stopwatch.lap("startup")

    status = "failed"
    summary: dict[str, Any] = {}
    recorder = Recorder([tracker.log_steps for tracker in trackers])
    try:
        schedule = make_schedule(config, data)
        model = build_model(config.model, config.optimizer, data, schedule.total_steps)
        loop = build(
            "loop",
            OmegaConf.masked_copy(config.loop, [key for key in config.loop if key != "name"]),
            job=make_job(config, data, schedule, folder, model, recorder, trackers),
        )
        stopwatch.lap("build")
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
    except KeyboardInterrupt:
        status = "interrupted"
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
    return Job(
        model=model,
        data=data,
        batch=BatchPreparation(config.model.targets, augmentation(data.augment)),
        schedule=schedule,
        evaluation_batch_size=config.evaluation_batch_size,
        callbacks=[RecordEpochs(recorder, trackers, not progress_bar), figures, *callbacks],
        recorder=recorder,
        compile=config.compile,
        progress_bar=progress_bar,
    )
