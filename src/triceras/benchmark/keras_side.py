"""The contenders that train our Keras model: our engine, `fit`, and the guide's own style."""

import importlib
import time
from typing import Any

import keras
import numpy as np
from omegaconf import DictConfig

from triceras import engines
from triceras.config import build
from triceras.data.dataset import Dataset
from triceras.engines.chunk import Chunk
from triceras.errors import UserError
from triceras.lazy_tensorflow import keep_tensorflow_out
from triceras.loops.schedule import Schedule
from triceras.modelling import mends
from triceras.modelling.build import build_model
from triceras.modelling.preparation import prepare_batches
from triceras.random.install import install, uninstall


class Subject:
    """What all of them train: a model, its data, and the rows that each step sees.

    Args:
        config: see `conf/benchmark.yaml`.
        random: `"portable"` for our noise, `"native"` for Keras's own, which who does not use this
            project has. The initial weights are the portable ones in both cases.
    """

    def __init__(self, config: DictConfig, random: str):
        keep_tensorflow_out()
        if random == "portable":
            # As at the start of a run. Who only uses Keras has neither.
            engines.module()
            mends.install()
        install()
        keras.utils.set_random_seed(config.seed)
        self.data: Dataset = build("data", config.data)
        if self.data.train.buckets is not None:
            raise UserError(
                "data.pad gives buckets, and what is compared are steps of one shape: give one "
                "length of each part"
            )
        self.model = build_model(
            config.model, config.optimizer, self.data, config.benchmark.planned_steps
        )
        self.batch = prepare_batches(config.model, self.data, config.get("augment"))
        self.steps = all_steps(config, len(self.data.train))
        if random == "native":
            uninstall()

    def chunk(self, start: int, stop: int) -> Chunk:
        """The steps `start` to `stop`; after the last prepared one comes the first again."""
        positions = np.arange(start, stop) % len(self.steps)
        return Chunk(self.steps.indices[positions], self.steps.keys[positions])

    def batches(self, start: int, stop: int) -> list[tuple[Any, ...]]:
        """The inputs and the targets of each step, prepared on the host."""
        train, chunk = self.data.train, self.chunk(start, stop)
        return [
            self.batch.for_training(train.take(rows, self.batch.parts), key, np).for_keras
            for rows, key in zip(chunk.indices, chunk.keys, strict=True)
        ]


def all_steps(config: DictConfig, size: int) -> Chunk:
    """The first steps of the run that the configuration describes."""
    count = config.benchmark.prepared_steps
    schedule = Schedule(config.seed, size, config.batch_size, None, count, config.shuffle_buffer)
    chunks = [
        schedule.chunk(epoch, 0, schedule.steps_in(epoch)) for epoch in range(schedule.epochs)
    ]
    return Chunk(
        np.concatenate([chunk.indices for chunk in chunks]),
        np.concatenate([chunk.keys for chunk in chunks]),
    )


class Ours:
    """`loop=custom`: the engine of the backend."""

    random = "portable"

    def __init__(self, subject: Subject, steps_per_call: int, planned_steps: int):
        self.subject = subject
        self.engine = engines.engine_class()(
            subject.model,
            subject.batch,
            steps_per_call=steps_per_call,
            planned_steps=planned_steps,
        )
        train = subject.data.train
        rows = slice(subject.steps.indices.shape[1])
        self.engine.try_first_batch(train.take(rows, subject.batch.parts))
        self.data = self.engine.put(train.take(slice(None), subject.batch.parts), lasting=True)
        self.engine.load_state()

    def __call__(self, start: int, stop: int) -> np.ndarray:
        losses = []
        for first in range(start, stop, self.engine.steps_per_call):
            last = min(first + self.engine.steps_per_call, stop)
            chunk_losses, _ = self.engine.train_steps(self.data, self.subject.chunk(first, last))
            losses.append(sum(chunk_losses.values()))
        return np.concatenate(losses)


class Fit:
    """Keras's own `fit`, over arrays that hold the batches in their order."""

    random = "native"

    def __init__(self, subject: Subject):
        self.subject = subject
        self.clock = EpochClock()
        self.arrays: Any = None

    def prepare(self, start: int, stop: int) -> None:
        """Lays the batches out, which is not timed."""
        batches = self.subject.batches(start, stop)
        self.arrays = keras.tree.map_structure(lambda *a: np.concatenate(a), *batches)

    def __call__(self, start: int, stop: int) -> np.ndarray:
        history = self.subject.model.fit(
            *self.arrays,
            batch_size=self.subject.steps.indices.shape[1],
            shuffle=False,
            verbose=0,  # pyright: ignore[reportArgumentType]
            callbacks=[self.clock],
        )
        return np.array(history.history["loss"])

    @property
    def seconds(self) -> float:
        """What the steps of the last call took, without the setting up of its data."""
        return self.clock.seconds


class EpochClock(keras.callbacks.Callback):
    """Times an epoch."""

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.began = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.seconds = time.perf_counter() - self.began


class GuideStyle:
    """A Python loop over batches around the step of `benchmarks/guide_style/<backend>.py`."""

    random = "native"

    def __init__(self, subject: Subject):
        self.subject = subject
        name = f"benchmarks.guide_style.{keras.backend.backend()}"
        self.step = importlib.import_module(name).make_step(subject.model)
        self.batches: list[tuple[Any, ...]] = []

    def prepare(self, start: int, stop: int) -> None:
        """Lays the batches out, which is not timed."""
        self.batches = self.subject.batches(start, stop)

    def __call__(self, start: int, stop: int) -> np.ndarray:
        # As the guide does: the loss of each step is looked at.
        return np.array([float(self.step(*batch)) for batch in self.batches])
