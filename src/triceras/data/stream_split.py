"""A split that is a stream: its rows come in its own order, and are not known by number."""

import collections
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from triceras.data.column import Column
from triceras.data.dataset import Split
from triceras.data.not_finite import first_in
from triceras.data.stream_reader import StreamReader
from triceras.data.whole_numbers import WholeNumbers
from triceras.errors import UserError

# Steps of which it is remembered where in the stream they ended. No more are read ahead: those of
# the program under way and of the next one.
REMEMBERED = 1000


class StreamSplit(Split):
    """Steps that take the next rows of a stream.

    Args:
        reader: of the stream, at its start.
        batch_size: rows in a step.
        steps_per_epoch: steps after which an epoch is over.
    """

    streamed = True
    most_at_once = REMEMBERED // 2 - 1

    def __init__(self, reader: StreamReader, batch_size: int, steps_per_epoch: int):
        self.reader = reader
        self.batch_size = batch_size
        self.steps_per_epoch = steps_per_epoch
        self.step, self.batch = 0, reader.read(batch_size)
        self.sample = self.batch
        self.not_finite: dict[str, tuple[int, float]] = {}
        self.look()
        self.expected: list[WholeNumbers] = []
        self.states: collections.OrderedDict[int, Any] = collections.OrderedDict()
        self.remember()
        super().__init__({name: array[:1] for name, array in self.sample.items()})

    def __len__(self) -> int:
        return self.batch_size * self.steps_per_epoch

    def __getitem__(self, name: str) -> Any:
        super().__getitem__(name)
        return Column(self, name)

    def take(self, rows: Any, names: Iterable[str] | None = None) -> dict[str, np.ndarray]:
        wanted = list(self.parts if names is None else names)
        known = np.arange(len(self))[rows]
        if known.size and known.max() >= self.batch_size:
            raise UserError(
                "a stream has no rows by number, and what was asked for needs them: use "
                "data=python or data=arrays for it"
            )
        return {name: self.sample[name][known] for name in wanted}

    def some(self, rows: Any) -> Split:
        raise UserError("a stream cannot be divided or cut: say so where it is made")

    def first(self, count: int) -> Split:
        return self

    def expect(self, expected: Sequence[WholeNumbers]) -> None:
        self.expected = list(dict.fromkeys([*self.expected, *expected]))
        self.check(self.sample)

    def check(self, rows: Mapping[str, np.ndarray]) -> None:
        """Refuses whole numbers that are not expected."""
        for numbers in self.expected:
            numbers.check(rows)

    def take_step(self, step: int, rows: Any, names: Iterable[str]) -> dict[str, np.ndarray]:
        if step < self.step:
            self.reader.begin(0)
            self.step = -1
        while self.step < step:
            self.batch = self.reader.read(self.batch_size)
            self.check(self.batch)
            self.step += 1
            self.look()
            self.remember()
        return {name: self.batch[name] for name in names}

    def look(self) -> None:
        """Notes where the last batch holds what is no number, for who asks when a loss is none."""
        first = self.reader.skipped + self.step * self.batch_size
        for name, array in self.batch.items():
            if name in self.not_finite or not np.issubdtype(array.dtype, np.inexact):
                continue
            # A sum takes a third of the time, and is finite where nobody has to look.
            with np.errstate(all="ignore"):
                finite = np.isfinite(array.sum(dtype=max(array.dtype, np.dtype("float32"))))
            found = None if finite else first_in(array)
            if found is not None:
                self.not_finite[name] = first + found[0], found[1]

    def samples(self, rows: Any, names: Iterable[str]) -> list[dict[str, np.ndarray]]:
        # So that nobody reads the first steps to see of what shapes they are, and goes back.
        return [{name: self.sample[name] for name in names}] * 2

    def close(self) -> None:
        self.reader.close()

    def remember(self) -> None:
        """Notes where in the stream the last step ended."""
        self.states[self.step] = self.reader.state()
        if len(self.states) > REMEMBERED:
            self.states.popitem(last=False)

    def state_after(self, steps: int) -> Any:
        """Where the stream was after a number of steps of the run; `None` where it cannot say."""
        return self.states.get(steps - 1)

    def go_to(self, steps: int, state: Any) -> str:
        """Goes on after a number of steps of the run.

        Args:
            steps: how many there were.
            state: what `state_after` gave, or `None`.

        Returns:
            How it did so, in words.
        """
        if state is not None:
            self.reader.set_state(state)
            self.step = steps - 1
            return "by its own state"
        self.take_step(max(steps - 1, 0), None, ())
        return f"by reading and skipping {steps} batches, as it cannot say where it is"
