"""What every data source returns: examples of named parts, already split."""

import dataclasses
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from triceras.data.order import Order
from triceras.data.portable import portable
from triceras.data.whole_numbers import WholeNumbers
from triceras.errors import UserError

# Names of parts, as a tree: one, a list, or a dictionary by the names that a model has for them.
Structure = str | Sequence[Any] | Mapping[str, Any]


class Split:
    """Examples of named parts.

    Args:
        parts: by name, C-contiguous arrays `(n, ...)`, or whatever has their `shape` and `dtype`
            and gives rows by index, as `triceras.data.rows_on_disk.RowsOnDisk` does. Whole numbers
            become int32 and numbers with a point float32 where they are wider, as not every
            backend has wider ones.
        numbers: which rows of their source these are, whole numbers `(n,)`; by default 0 to n - 1.

    Raises:
        UserError: they are no parts, differ in length, or hold what no backend can compute with.
    """

    def __init__(self, parts: Mapping[str, Any], numbers: np.ndarray | None = None):
        if not isinstance(parts, Mapping) or not parts:
            raise UserError(
                "a split is made of named arrays, as in Split({'image': x, 'label': y}), not of "
                f"{'none' if isinstance(parts, Mapping) else type(parts).__name__}"
            )
        self.parts: dict[str, Any] = {str(name): portable(name, a) for name, a in parts.items()}
        lengths = {name: len(array) for name, array in self.parts.items()}
        if len(set(lengths.values())) > 1:
            told = ", ".join(f"{count} of {name}" for name, count in lengths.items())
            raise UserError(f"the parts of the data differ in length ({told}): give as many of all")
        self.numbers = np.arange(len(self)) if numbers is None else np.asarray(numbers)

    def __len__(self) -> int:
        return len(next(iter(self.parts.values())))

    def __getitem__(self, name: str) -> Any:
        """All rows of a part.

        Raises:
            UserError: there is no such part.
        """
        if name not in self.parts:
            raise UserError(f"the data have no part {name!r}, but {', '.join(self.parts)}")
        return self.parts[name]

    def take(self, rows: Any, names: Iterable[str] | None = None) -> dict[str, np.ndarray]:
        """Some rows.

        Args:
            rows: a slice, or an array of whole numbers.
            names: of the parts that are wanted; by default all.
        """
        found = {name: self[name][rows] for name in (self.parts if names is None else names)}
        for numbers in self.expected:
            numbers.check(found)
        return found

    def all_of(self, names: Iterable[str]) -> dict[str, np.ndarray]:
        """All rows of parts, brought into memory."""
        return self.take(slice(None), names)

    def some(self, rows: Any) -> "Split":
        """A split of some rows: a slice, or an array of whole numbers."""
        return Split(self.take(rows), self.numbers[rows])

    def first(self, count: int) -> "Split":
        """A split of the first rows."""
        return self.some(slice(count))

    def expect(self, expected: Sequence[WholeNumbers]) -> None:
        """Refuses whole numbers that the data do not announce: here, or when rows are made.

        Raises:
            UserError: there are such.
        """
        for numbers in expected:
            if self.in_memory([numbers.part]):
                numbers.check(self.parts)
            elif numbers.part in self.parts:
                self.expected = list(dict.fromkeys([*self.expected, numbers]))

    # Of parts that are read from a file when they are needed.
    expected: Sequence[WholeNumbers] = ()

    # Of a stream, where the parts that it has given first held what is no number: the row, and it.
    not_finite: Mapping[str, tuple[int, float]] = MappingProxyType({})
    # Whether rows are made, or read, when a step needs them, whatever room there is for them.
    streamed = False
    # How many steps of rows to read at once, where that is limited.
    most_at_once: int | None = None
    # The bucket of each row, `(n,)`, where rows of several lengths come in batches of their own.
    buckets: Any = None

    def follow(self, order: Order, names: Iterable[str]) -> None:
        """Is told in which order steps will take rows, and which parts of them.

        A split that makes its examples can so begin before they are asked for.
        """

    def take_step(self, step: int, rows: Any, names: Iterable[str]) -> dict[str, np.ndarray]:
        """The rows of a step.

        Args:
            step: its number, counted over all epochs.
            rows: those that it takes, by the order of the run.
            names: of the parts that are wanted.
        """
        return self.take(rows, names)

    def batches(self, size: int) -> list[Any]:
        """The rows of each batch, of `size` at the most, where each row is looked at once."""
        return [slice(start, start + size) for start in range(0, len(self), size)]

    def samples(self, rows: Any, names: Iterable[str]) -> list[dict[str, np.ndarray]]:
        """Where batches are of several shapes, the same rows twice, in shapes that differ in all
        in which those of any batches do.
        """
        return []

    def close(self) -> None:
        """Ends whatever makes rows ahead of time; called after the last step."""

    def shape(self, name: str) -> tuple[Any, ...]:
        """The shape of one example of a part; `None` where examples differ."""
        return tuple(self[name].shape[1:])

    def dtype(self, name: str) -> str:
        """The type of a part's numbers."""
        return np.dtype(self[name].dtype).name

    def nbytes(self, names: Iterable[str]) -> int:
        """Bytes that parts take in memory."""
        arrays = [self[name] for name in names]
        return sum(math.prod(a.shape) * np.dtype(a.dtype).itemsize for a in arrays)

    def in_memory(self, names: Iterable[str]) -> bool:
        """Whether all rows of parts are in memory."""
        return all(isinstance(self[name], np.ndarray) for name in names)


@dataclasses.dataclass(frozen=True, eq=False)
class Dataset:
    """A data set, split for training, model selection and the final test.

    Args:
        name: name of the source, as in `data=<name>`.
        train: what the model learns from.
        validation: what a person may choose settings by; `None` when there is none.
        test: what is reported.
        classes: number of classes, where labels are classes and run from 0 to `classes - 1`.
        image_shape: height, width and channels, where inputs are images.
        sha256: of the source file (of an IDX folder: of its four files, one after the other in
            the order of `triceras.data.idx.FILES`), or of the arrays as they were before any
            option was applied, when there is no such file.
        augment: what each training step does to its batch first; see `triceras.augment`.
        inputs: the part that a model is given which does not say what it wants, or a tree of
            such; `None` for the first part.
        labels: the part that is to be predicted where a model says `targets: labels`, or a tree
            of such; `None` for the part `label`, or else the other one of two.
        declares: whatever else a model may be built with, by the names of its parameters, for
            example `{"vocabulary_size": 99}`.
        kept: what the run keeps of it in `data.json`, and a source is given again that has a
            parameter of this name: texts, numbers, lists and dictionaries.
        train_in_tests: makes the training examples as those of a test are made, where they are
            stored in another form, to be changed in each training step.
    """

    name: str
    train: Split
    validation: Split | None
    test: Split
    classes: int | None = None
    image_shape: tuple[int, int, int] | None = None
    sha256: str | None = None
    augment: Sequence[Callable[..., Any]] = ()
    inputs: Structure | None = None
    labels: Structure | None = None
    declares: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    kept: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    train_in_tests: Callable[[], Split] | None = None

    def train_to_look_at(self) -> Split:
        """The training examples for an evaluation, in the form of test examples."""
        return self.train_in_tests() if self.train_in_tests else self.train
