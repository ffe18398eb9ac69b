"""What a loop asks of an engine, whatever the framework."""

import contextlib
import functools
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import keras
import numpy as np

from triceras.data.batch import Batch
from triceras.data.dataset import Split
from triceras.engines.arrays import length, stack, tensors
from triceras.engines.chunk import Chunk, batches
from triceras.engines.contract import Contract, Data, Logs
from triceras.engines.draws import refusing_strangers
from triceras.engines.errors import (
    CannotCompileError,
    telling_tracing_errors,
    untouched_errors,
)
from triceras.engines.first_batch import try_forward
from triceras.engines.grown import grow
from triceras.engines.host_data import HostData
from triceras.engines.metric_results import check_metrics
from triceras.engines.objective import objectives_of
from triceras.engines.prefetch import prefetched
from triceras.engines.state import Kept, keep, other_variables, state_variables
from triceras.engines.taken_back import is_to_be_looked_at, tell_of_taken_back
from triceras.errors import UserError, place
from triceras.modelling.misfit import telling_misfits

log = logging.getLogger(__name__)


class Engine(Contract):
    """Trains and evaluates a model by the steps of one framework; see `Contract`."""

    tried = False

    # Data.

    def place(self, split: Split) -> Data | HostData:
        """Puts a data set on the device, where it stays, or makes it ready to be streamed there.

        Args:
            split: of which the parts are taken that the model is given.
        """
        data = HostData(split, self.batch.parts)
        small = not split.streamed and data.nbytes <= self.device_data_mb * 2**20
        return self.put(split.take(slice(None), data.names), lasting=True) if small else data

    def feed(self, data: Data | HostData, chunks: Iterable[Chunk]) -> Iterator[tuple[Data, Chunk]]:
        """Brings each chunk's rows to the device, while the steps of the one before it run.

        Args:
            data: what `place` returned.
            chunks: at most `steps_per_call` steps each.

        Yields:
            The arguments of `train_steps`.
        """
        if isinstance(data, HostData):
            yield from prefetched(functools.partial(self.fetch, data), chunks)
        else:
            yield from ((data, chunk) for chunk in chunks)

    def fetch(self, data: HostData, chunk: Chunk) -> tuple[Data, Chunk]:
        """Copies the rows of a chunk to the device; returns them and the chunk that picks them."""
        parts, picked = data.rows_of(chunk, self.steps_per_call)
        return self.put(parts), picked

    # Training and evaluation.

    def train_steps(self, data: Data, chunk: Chunk) -> tuple[Logs, Logs]:
        """Runs the steps of `chunk`.

        Args:
            data: what `feed` gave, or `put` returned.
            chunk: at most `steps_per_call` steps.

        Returns:
            Two dictionaries of float32 arrays `(steps,)`: the loss of each objective in each step,
            and the metrics after each step, running since they were last reset.
        """
        self.ensure_tried(data, chunk.indices.shape[1])
        if self.compile:
            try:
                with untouched_errors():
                    return self.train_compiled(data, chunk)
            except CannotCompileError as error:
                self.give_up_compiling(error)
        with self.telling_reads():
            steps = [
                self.train_eagerly(data, indices, key)
                for indices, key in zip(chunk.indices, chunk.keys, strict=True)
            ]
        return stack([losses for losses, _ in steps]), stack([metrics for _, metrics in steps])

    def evaluate(
        self,
        data: Data | HostData,
        batch_size: int,
        callbacks: keras.callbacks.CallbackList | None = None,
        came_to: list[tuple[keras.Variable, np.ndarray]] | None = None,
    ) -> dict[str, float]:
        """Computes the loss and all metrics on a data set, in inference mode.

        Nothing changes by it: weights, random counters and the training metrics are afterwards
        what they were before, so that looking at a run does not alter it.

        Args:
            data: what `place` or `put` returned.
            batch_size: examples in a step.
            callbacks: told of each batch, which is then a compiled call of its own. What they
                change stays.
            came_to: is given the metrics' variables with what they came to.
        """
        if isinstance(data, HostData):
            if not self.tried:
                self.ensure_tried(data.split.take(slice(batch_size), data.names), batch_size)
            parts = map(self.put, data.parts(batch_size, self.steps_per_call))
        else:
            self.ensure_tried(data, batch_size)
            parts = iter([data])
        self.save_state()
        kept = Kept(other_variables(self.model, self.objectives))
        self.model.reset_metrics()
        self.load_state()
        results: Logs = {}
        batch = 0
        for part in parts:
            for starts, size in batches(length(part), batch_size):
                for some in [starts] if callbacks is None else starts[:, None]:
                    self.call(callbacks and callbacks.on_test_batch_begin, kept, batch)
                    with self.watching_draws():
                        results = self.test_steps(part, some, size)
                    self.call(callbacks and callbacks.on_test_batch_end, kept, batch, results)
                    batch += 1
        # By their names, as Keras sorts those of an epoch; a program may give them in any order.
        results = {name: float(results[name]) for name in sorted(results)}
        if came_to is not None or is_to_be_looked_at(self.model):
            self.save_state()
        tell_of_taken_back(self.model, kept)
        if came_to is not None:
            came_to += keep(self.model.metrics_variables)
        kept.restore()
        self.load_state()
        return results

    def watching_draws(self) -> contextlib.AbstractContextManager[Any]:
        """Where a model is evaluated; refuses draws of which a training step does not know."""
        return refusing_strangers(self.model)

    def call(self, hook: Callable[..., Any] | None, kept: Kept, *arguments: Any) -> None:
        """Calls a hook of callbacks, if there is one, with the Keras variables up to date."""
        if hook is not None:
            self.save_state()
            with kept.letting_change():
                hook(*arguments)
            self.load_state()

    def test_steps(self, data: Data, starts: np.ndarray, batch_size: int) -> Logs:
        """Updates the metrics with the batches that begin at rows `starts`; returns them all."""
        if self.compile:
            try:
                with untouched_errors():
                    return self.test_compiled(data, starts, batch_size)
            except CannotCompileError as error:
                self.give_up_compiling(error)
        results: Logs = {}
        for start in starts:
            results = self.test_eagerly(data, int(start), batch_size)
        return results

    def give_up_compiling(self, error: CannotCompileError) -> None:
        """Runs eagerly from now on, and says why."""
        log.warning(
            "the step runs eagerly, slower, as it cannot be compiled (does Python code depend on "
            "the value of a tensor%s?): %s",
            place(error),
            error.reason,
        )
        self.compile = False

    @contextlib.contextmanager
    def telling_reads(self) -> Iterator[None]:
        """Explains what PyTorch raises where NumPy reads a tensor of an eager step.

        Raises:
            UserError: it does.
        """
        try:
            with telling_tracing_errors(self.tracing_errors):
                yield
        except CannotCompileError as error:
            raise UserError(
                f"the step reads a tensor as an array of NumPy{place(error)}, which a gradient of "
                "this backend does not allow: compute with keras.ops, or use loop=fit"
            ) from error

    # What is changed from outside.

    def follow(self) -> None:
        """Looks anew at what a step holds as constants: what it trains, and Python's values.

        To be called between `save_state()` and `load_state()`.
        """
        self.objectives = objectives_of(self.model)
        order = state_variables(self.model, self.objectives)
        for objective in self.objectives:
            grow(objective.optimizer, objective.variables, order)
        self.forget_programs()

    # The first batch.

    def try_first_batch(self, parts: Mapping[str, Any]) -> None:
        """Runs one forward pass, so that lazy metrics exist and errors are legible.

        Resets the metrics and leaves every other variable as it was.

        Args:
            parts: rows of the training data.

        Raises:
            UserError: the shapes do not fit.
        """
        with telling_misfits(self.batch.for_testing(parts), self.model):
            self.try_forward(dict(parts), np.zeros((2,), "int32"))
        self.model.reset_metrics()
        self.tried = True

    def try_forward(self, *batch: Any) -> None:
        """Runs a forward pass, and looks at what it does to variables."""
        try_forward(
            self.model,
            self.objectives,
            lambda: self.look_forward(*batch),
            lambda: self.forward(*tensors(batch)),
            self.compile,
        )

    def look_forward(self, *batch: Any) -> None:
        """Runs a forward pass in the way that is the fastest."""
        if self.compile:
            self.look(self.forward, *batch)
        else:
            self.forward(*tensors(batch))

    @staticmethod
    def look(function: Callable[..., Any], *arguments: Any) -> None:
        """Calls a function of tensors for what it does to Keras's objects, not for its numbers."""
        function(*tensors(arguments))

    def forward(self, parts: Data, key: Any) -> list[Any]:
        """The loss of each objective, without an update; looks at the metrics too."""
        losses = self.losses(self.batch.for_training(parts, key))
        check_metrics(self.model)
        return losses

    def losses(self, batch: Batch) -> list[Any]:
        """The loss of each objective."""
        return [objective.loss(batch, True) for objective in self.objectives]

    def ensure_tried(self, data: Data, batch_size: int) -> None:
        """Tries the first rows of `data`, unless a batch was tried before."""
        if not self.tried:
            self.save_state()
            self.try_first_batch({name: array[:batch_size] for name, array in data.items()})
            self.load_state()
