"""A split whose examples are made when they are asked for, by workers ahead of time."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from triceras.data.column import Column
from triceras.data.dataset import Split
from triceras.data.examples import Examples
from triceras.data.order import Order
from triceras.data.whole_numbers import WholeNumbers
from triceras.data.workers import worked
from triceras.errors import UserError


class SourceSplit(Split):
    """Some of the examples of a source.

    Args:
        examples: the whole source.
        positions: whole numbers, which examples these are, in their order.
        workers: processes that make examples ahead of the steps; 0 makes them in this one.
    """

    streamed = True

    def __init__(self, examples: Examples, positions: np.ndarray, workers: int = 0):
        # The parts are of the first example, for their names, shapes and types.
        super().__init__({name: array[None] for name, array in examples.first.items()}, positions)
        self.examples = examples
        self.positions = positions
        self.workers = workers
        self.order: Order | None = None
        self.names: list[str] = []
        self.reader: Any = None
        self.step, self.batch = -2, {}

    def __len__(self) -> int:
        return len(self.positions)

    def __getitem__(self, name: str) -> Any:
        super().__getitem__(name)
        return Column(self, name)

    def take(self, rows: Any, names: Iterable[str] | None = None) -> dict[str, np.ndarray]:
        wanted = list(self.parts if names is None else names)
        for name in wanted:
            super().__getitem__(name)
        return self.examples.rows(self.positions[rows], wanted)

    def some(self, rows: Any) -> "SourceSplit":
        return SourceSplit(self.examples, self.positions[rows], self.workers)

    @classmethod
    def joined(cls, splits: Sequence["SourceSplit"]) -> "SourceSplit":
        """The examples of several splits of one source, one after the other."""
        first = splits[0]
        positions = np.concatenate([split.positions for split in splits])
        return cls(first.examples, positions, first.workers)

    def expect(self, expected: Sequence[WholeNumbers]) -> None:
        self.examples.expected = list(dict.fromkeys([*self.examples.expected, *expected]))

    def follow(self, order: Order, names: Iterable[str]) -> None:
        self.order, self.names = order, list(names)

    def take_step(self, step: int, rows: Any, names: Iterable[str]) -> dict[str, np.ndarray]:
        if not self.workers or self.order is None:
            return self.take(rows, names)
        # Keras's `fit` asks for the first batch twice.
        if step != self.step:
            if self.reader is None or step != self.step + 1:
                self.close()
                self.reader = worked(Steps(self, self.order, step, self.names), self.workers)
            self.step = step
            # Not copied: memory that is shared with a worker is a file until it is let go.
            self.batch = {name: np.asarray(a) for name, a in next(self.reader).items()}
        return self.batch

    def close(self) -> None:
        if self.reader is not None:
            self.reader.close()
        self.reader = None
        self.step, self.batch = -2, {}

    def whole(self) -> Split:
        """All examples, brought into memory."""
        return Split(self.all_of(self.parts), self.positions)

    def all_of(self, names: Iterable[str]) -> dict[str, np.ndarray]:
        if not self.workers:
            return super().all_of(names)
        names = list(names)
        self.reader = worked(Blocks(self, names), self.workers)
        blocks = [{name: np.array(a) for name, a in block.items()} for block in self.reader]
        self.close()
        return {name: np.concatenate([block[name] for block in blocks]) for name in names}


def timed(whole: Split, part: str | None) -> Mapping[str, Any] | Split:
    """The parts of a split, of which that of its times, if there is one, is as it came."""
    if part is None or not isinstance(whole, SourceSplit) or whole.examples.came is None:
        return whole
    return {**whole.parts, part: whole.examples.came}


class Steps:
    """The batches of all steps from one on, for workers; a random-access source for Grain."""

    def __init__(self, split: SourceSplit, order: Order, first: int, names: list[str]):
        self.examples, self.positions = split.examples, split.positions
        self.order, self.start, self.names = order, first, names

    def __len__(self) -> int:
        # There is no last step that this need know: it is asked for no more than there are.
        return 2**31 - 1

    def __getitem__(self, number: int) -> dict[str, np.ndarray]:
        rows = self.order.step(self.start + int(number))
        return self.examples.rows(self.positions[rows], self.names)


class Blocks:
    """All rows in their order, a block at a time, for workers."""

    def __init__(self, split: SourceSplit, names: list[str]):
        self.examples, self.positions = split.examples, split.positions
        self.names = names
        self.size = max(1, min(256, -(-len(split) // (4 * split.workers))))

    def __len__(self) -> int:
        return -(-len(self.positions) // self.size)

    def __getitem__(self, number: int) -> dict[str, np.ndarray]:
        rows = self.positions[int(number) * self.size : (int(number) + 1) * self.size]
        return self.examples.rows(rows, self.names)


def check_workers(workers: object) -> None:
    """Checks `data.workers`.

    Raises:
        UserError: it is no number of processes.
    """
    if isinstance(workers, bool) or not isinstance(workers, int) or workers < 0:
        raise UserError(f"data.workers={workers} is unknown: use a whole number of at least 0")
