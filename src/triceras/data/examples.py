"""Whatever gives examples by number, as a sequence of named arrays."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from triceras.data.named_arrays import named_arrays
from triceras.data.padding import TooLongError, padded
from triceras.data.portable import is_too_long, portable
from triceras.data.whole_numbers import WholeNumbers
from triceras.errors import UserError


class Examples:
    """Examples that are made when they are asked for.

    Args:
        source: has `__len__` and `__getitem__`, which gives a dictionary of named arrays, or a
            tuple of arrays: a map-style dataset of torch, a Grain source, a table of Hugging
            Face's `datasets`, a `keras.utils.PyDataset` (which gives batches), a list, or a
            dictionary of columns, each of which has these two.
        names: what the arrays of a tuple are called.
        where: what the source is, for messages.
        pad: lengths to which parts are filled up; see `triceras.data.padding`.
        times: a part that is also wanted as it came, in `came`. Where it has whole numbers of more
            than 32 bits, as milliseconds since 1970, it is no part of the examples.

    Raises:
        UserError: it is no such thing, or gives something else each time.
    """

    def __init__(
        self,
        source: Any,
        names: Sequence[str] | None,
        where: str,
        pad: Mapping[str, int] | None = None,
        times: str | None = None,
    ):
        self.names = list(names) if names else None
        self.where = where
        self.pad = dict(pad or {})
        self.times = times
        self.came: np.ndarray | None = None
        # Of the whole numbers of rows, once the data set is put together.
        self.expected: list[WholeNumbers] = []
        if isinstance(source, Mapping):
            # One of pandas gives by its labels what is asked for by a number.
            columns = source.items()
            source = {n: np.asarray(c) if is_of_pandas(c) else c for n, c in columns}
        self.source = source
        self.batched = is_batched(source)
        self.length = self.count()
        if not self.length:
            raise UserError(f"{where} has no examples")
        # A source may give the same memory each time, filled anew.
        self.first = {name: array.copy() for name, array in self[0].items()}
        again = self[0]
        for name, array in self.first.items():
            if not np.array_equal(array, again[name], equal_nan=array.dtype.kind == "f"):
                raise UserError(
                    f"{where} gives another {name!r} each time it is asked for its first example: "
                    "what an example is must follow from its number alone, so that a run can be "
                    "repeated and resumed; put what is random into augment="
                )
        if times in self.first and not self.first[times].ndim:
            self.came = self.as_it_came(times)
            if is_too_long(self.came):
                del self.first[times]

    def count(self) -> int:
        """The number of examples."""
        try:
            if isinstance(self.source, Mapping):
                lengths = {name: len(column) for name, column in self.source.items()}
                if len(set(lengths.values())) > 1:
                    told = ", ".join(f"{count} of {name}" for name, count in lengths.items())
                    raise UserError(f"{self.where}: columns differ in length ({told})")
                return next(iter(lengths.values()), 0)
            if not self.batched:
                return len(self.source)
        except TypeError as error:
            raise UserError(
                f"{self.where} is a {type(self.source).__name__}, which has no length or gives no "
                "examples by number: return named arrays, or whatever has __len__ and "
                "__getitem__; for a generator or another stream use data=stream"
            ) from error
        batches = number_of_batches(self.source)
        self.batch_size = rows_in(self.named(self.source[0]))
        last = rows_in(self.named(self.source[batches - 1]))
        if not self.batch_size or not last:
            raise UserError(f"{self.where} gives batches without examples")
        return (batches - 1) * self.batch_size + last

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, number: int) -> dict[str, np.ndarray]:
        """An example.

        Raises:
            UserError: the source gave no named arrays.
        """
        if self.batched:
            batch = self.named(self.given(number // self.batch_size))
            return {name: array[number % self.batch_size] for name, array in batch.items()}
        return self.named(self.given(number))

    def given(self, number: int) -> Any:
        """What the source gives for an example, or for a batch."""
        if isinstance(self.source, Mapping):
            return {name: column[number] for name, column in self.source.items()}
        return self.source[number]

    def rows(self, numbers: Any, names: Sequence[str]) -> dict[str, np.ndarray]:
        """Examples put together.

        Args:
            numbers: whole numbers `(n,)`.
            names: of the parts that are wanted.

        Returns:
            Arrays `(n, ...)`.
        """
        if self.batched:
            examples = self.of_batches(np.asarray(numbers))
        else:
            examples = ((row, self[int(number)]) for row, number in enumerate(numbers))
        found = self.stacked(examples, len(numbers), names)
        for expected in self.expected:
            expected.check(found)
        return found

    def as_it_came(self, name: str) -> np.ndarray:
        """One number of each example, `(n,)`, in the type in which the source gives it."""
        count = -(-len(self) // self.batch_size) if self.batched else len(self)
        examples: Iterable[Any] = (self.source[number] for number in range(count))
        if isinstance(self.source, Mapping):
            # Which may hold dictionaries, of which it is one value.
            keys = (k for k in self.source if f"{name}.".startswith(f"{k}."))
            key = max(keys, key=lambda k: len(str(k)))
            examples = ({key: self.source[key][number]} for number in range(count))
        given = (
            named_arrays(example, self.names, self.where, lambda _, array: array)
            for example in examples
        )
        # Copied at once, as it may be memory that is filled anew.
        return np.concatenate([np.array(one[name]).reshape(-1) for one in given])

    def of_batches(self, numbers: np.ndarray) -> Iterator[tuple[int, dict[str, np.ndarray]]]:
        """Examples of a source of batches, each of which is asked for once, and their rows."""
        batches, places = np.divmod(numbers, self.batch_size)
        for batch in np.unique(batches):
            found = self.named(self.source[int(batch)])
            size = rows_in(found)
            if size != min(self.batch_size, self.length - batch * self.batch_size):
                raise UserError(
                    f"{self.where} gives {size} examples in batch {batch} and {self.batch_size} in "
                    "the first one: all batches but the last one must have as many"
                )
            for row in np.flatnonzero(batches == batch):
                yield int(row), {name: array[places[row]] for name, array in found.items()}

    def stacked(
        self,
        examples: Iterable[tuple[int, Mapping[str, np.ndarray]]],
        count: int,
        names: Sequence[str],
    ) -> dict[str, np.ndarray]:
        """Examples in one array of each part, where each is copied before the next one is made.

        Args:
            examples: the row of each, and its parts, in any order.
            count: how many there are.
            names: of the parts that are wanted.

        Raises:
            UserError: they have several shapes.
        """
        found: dict[str, np.ndarray] = {}
        for row, example in examples:
            for name in names:
                value = example[name]
                if name not in found:
                    found[name] = np.empty((count, *value.shape), value.dtype)
                rows = found[name]
                if value.shape != rows.shape[1:]:
                    one, other = sorted((value.shape, rows.shape[1:]))
                    longer = one[1:] == other[1:]
                    raise UserError(
                        f"{self.where}: examples have {name!r} of shape {one} and of {other}; "
                        "wanted is one shape: pad, cut or resize them in the source"
                        # Which fills up along the first axis alone.
                        f"{', or pad them with data.pad' if longer else ''}"
                    )
                if value.dtype != rows.dtype:
                    rows = found[name] = rows.astype(np.result_type(rows, value))
                rows[row] = value
        return {name: portable(name, array) for name, array in found.items()}

    def named(self, example: Any) -> dict[str, np.ndarray]:
        """The arrays of an example, or of a batch, by name."""
        found = named_arrays(example, self.names, self.where, self.of_type)
        try:
            return padded(found, self.pad, 1 if self.batched else 0, self.where)
        except TooLongError as error:
            raise error.of_all(self.where, self.sizes(error.part)) from None

    def sizes(self, name: str) -> Iterator[tuple[int, int]]:
        """How many examples are of which length of a part, as the source gives them."""
        columns = self.source.values() if isinstance(self.source, Mapping) else [self.source]
        count = number_of_batches(self.source) if self.batched else min(map(len, columns))
        for number in range(count):
            given = named_arrays(self.given(number), self.names, self.where, self.of_type)
            shape = given[name].shape
            yield (shape[0], shape[1]) if self.batched else (1, shape[0])

    def of_type(self, name: str, array: np.ndarray) -> np.ndarray:
        """A part in a type that every backend has; of times it is not known yet whether one has."""
        whole = name == self.times and array.dtype.kind in "iu"
        return array if whole else portable(name, array)


def is_of_pandas(column: Any) -> bool:
    """Whether a column is one of pandas."""
    return type(column).__module__.partition(".")[0] == "pandas"


def is_batched(source: Any) -> bool:
    """Whether a source gives batches by number, as `keras.utils.PyDataset` does."""
    return any(kind.__name__ == "PyDataset" for kind in type(source).__mro__)


def number_of_batches(source: Any) -> int:
    """The number of batches of a `keras.utils.PyDataset`.

    Raises:
        UserError: it does not say.
    """
    count = getattr(source, "num_batches", None)
    count = len(source) if count is None else count
    if not count:
        raise UserError(f"{type(source).__name__} says of no number of batches: use data=stream")
    return count


def rows_in(arrays: Mapping[str, np.ndarray]) -> int:
    """The number of rows of named arrays."""
    return len(next(iter(arrays.values())))
