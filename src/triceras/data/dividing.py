"""Divides rows among training, validation and test, as a pure function of a seed.

scikit-learn's splitters do the same, and promise no version the rows of another.
"""

import contextlib
import dataclasses
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from triceras.data.options import check_whole
from triceras.data.shares import folds_of_groups, latest, nearest_shares, numbered, whole_groups
from triceras.data.splits import partition, random_words
from triceras.errors import UserError

# Of `random_words`; 0 is that of sets of images, and 1 to 3 are those of drawn images.
FOLDS, TEST, VALIDATION = 4, 5, 6
# By which rows are divided where nothing else is asked for. Rows may have been made with NumPy's
# `default_rng` of the same seed, or of a list of small numbers: by the same words they would be
# divided by their values.
ROWS = int.from_bytes(b"division", "big")
# Which rows a seed gives; another number where that has changed. Since 2 rows have words of their
# own; since 3 it is not the first kinds that have a row more where shares are no whole numbers;
# since 4 the times that a function gives are not cut to 32 bits first.
VERSION = 4

version_in_use = VERSION
one_is_whole = False


@contextlib.contextmanager
def as_version(number: int) -> Iterator[None]:
    """Divides rows within as a version did, for runs that were trained on those.

    It holds for all threads of the process.
    """
    global version_in_use
    outside, version_in_use = version_in_use, number
    try:
        yield
    finally:
        version_in_use = outside


def version() -> int:
    """The version by which rows are divided."""
    return version_in_use


@contextlib.contextmanager
def leaving_one_whole() -> Iterator[None]:
    """Within, data of a single row have it in training and in the test, as nobody trains on it.

    It holds for all threads of the process.
    """
    global one_is_whole
    outside, one_is_whole = one_is_whole, True
    try:
        yield
    finally:
        one_is_whole = outside


class TooFewRowsError(UserError):
    """No row is left to train on."""


class Divided(NamedTuple):
    """Positions of rows; none is in two of them."""

    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray


@dataclasses.dataclass(frozen=True)
class Division:
    """How rows are divided.

    Args:
        validation_size: rows to hold out for validation, or their share of all; 0 for none.
        test_size: the same for the test.
        split_seed: fixes which row goes where.
        folds: number of parts into which all rows but those of the test are cut, one of which is
            for validation in the place of `validation_size`; `None` for no such cut.
        fold: which of them, from 0 to `folds - 1`.

    Raises:
        UserError: a value is not an allowed one.
    """

    validation_size: float
    test_size: float
    split_seed: int
    folds: int | None = None
    fold: int | None = None

    def __post_init__(self):
        check_whole("split_seed", self.split_seed, least=0)
        check_size("validation_size", self.validation_size)
        check_size("test_size", self.test_size)
        if self.folds is None:
            if self.fold is not None:
                raise UserError(
                    f"data.fold={self.fold} says nothing without data.folds: use data.folds=5 too"
                )
            return
        check_whole("folds", self.folds, least=2, otherwise="null")
        if isinstance(self.fold, bool) or self.fold not in range(self.folds):
            raise UserError(
                f"data.fold={self.fold} is unknown: with data.folds={self.folds} use a whole "
                f"number from 0 to {self.folds - 1}"
            )

    def of(
        self,
        name: str,
        count: int,
        classes: np.ndarray | None,
        groups: np.ndarray | None,
        times: np.ndarray | None = None,
    ) -> Divided:
        """Divides rows.

        Args:
            name: of the data, for messages.
            count: how many rows there are.
            classes: whole numbers `(count,)`: each has the same share of every split, as nearly as
                its rows allow; `None` where that does not matter.
            groups: whole numbers `(count,)`: rows of one number stay together; `None` for rows
                that are apart. Splits are then only nearly as large as they are wished.
            times: numbers `(count,)`: what is for validation is later than what is trained on, and
                what is for the test later still, in the place of all else. Rows of one time stay
                together. `None` where that does not matter.

        Raises:
            TooFewRowsError: no row is left to train on.
            UserError: none is left for a split that is wished.
        """
        if one_is_whole and count == 1:
            return Divided(np.arange(1), np.arange(0), np.arange(1))
        test_size = rows_of(self.test_size, count)
        validation_size = 0 if self.folds else rows_of(self.validation_size, count)
        if test_size + validation_size >= count:
            raise TooFewRowsError(
                f"data.validation_size={self.validation_size} and data.test_size={self.test_size}: "
                f"no row is left to train on, as {name} has {count} to divide"
            )
        if times is not None:
            test, rest = self.latest(np.arange(count), test_size, TEST, times)
            validation, rest = self.latest(rest, validation_size, VALIDATION, times)
            return self.checked(name, Divided(rest, validation, test))
        if classes is None and groups is None and not self.folds:
            test, validation, train = partition(
                count,
                (test_size, validation_size),
                self.split_seed,
                ROWS if version() >= 2 else 0,
            )
            return self.checked(name, Divided(train, validation, test))
        rest = np.arange(count)
        test, rest = self.hold_out(rest, test_size, TEST, classes, groups)
        if self.folds:
            numbers = self.folds_of(rest, classes, groups)
            validation, rest = rest[numbers == self.fold], rest[numbers != self.fold]
        else:
            validation, rest = self.hold_out(rest, validation_size, VALIDATION, classes, groups)
        return self.checked(name, Divided(rest, validation, test))

    def checked(self, name: str, divided: Divided) -> Divided:
        """The splits, once none is empty that is wished."""
        wished = {
            "train": True,
            "validation": bool(self.folds or self.validation_size),
            "test": bool(self.test_size),
        }
        held = "data.folds" if self.folds else "data.validation_size"
        for split, rows in divided._asdict().items():
            if wished[split] and not len(rows):
                raise UserError(
                    f"{name} leaves no row for {split}: there are too few rows, groups or times "
                    f"for {held} and data.test_size"
                )
        return divided

    def hold_out(
        self, rows: np.ndarray, size: int, stream: int, classes: Any, groups: Any
    ) -> tuple[np.ndarray, np.ndarray]:
        """Some of the rows, and the others, both in a random order."""
        rows = self.shuffled(rows, stream)
        if not size:
            return rows[:0], rows
        kinds = numbered(classes, rows)
        if groups is None:
            held = nearest_shares(kinds, size, first_kinds_first=version() < 3)
        else:
            held = whole_groups(kinds, numbered(groups, rows), size)
        return rows[held], rows[~held]

    def latest(
        self, rows: np.ndarray, size: int, stream: int, times: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """The latest of the rows, and the others, both in a random order."""
        rows = self.shuffled(rows, stream)
        held = latest(times[rows], size)
        return rows[held], rows[~held]

    def folds_of(self, rows: np.ndarray, classes: Any, groups: Any) -> np.ndarray:
        """The number of the fold of each row."""
        assert self.folds
        order = np.argsort(
            random_words(self.split_seed, FOLDS).random_raw(len(rows)), kind="stable"
        )
        kinds = numbered(classes, rows[order])
        found = np.empty(len(rows), int)
        if groups is None:
            # One class after the other, dealt out like cards.
            dealt = np.argsort(kinds, kind="stable")
            found[order[dealt]] = np.arange(len(rows)) % self.folds
        else:
            found[order] = folds_of_groups(kinds, numbered(groups, rows[order]), self.folds)
        return found

    def shuffled(self, rows: np.ndarray, stream: int) -> np.ndarray:
        """The rows in a random order."""
        words = random_words(self.split_seed, stream).random_raw(len(rows))
        return rows[np.argsort(words, kind="stable")]


def check_size(name: str, value: Any) -> None:
    """Checks a number of rows, or a share of them.

    Raises:
        UserError: it is neither.
    """
    number = isinstance(value, int | float) and not isinstance(value, bool)
    share = isinstance(value, float) and 0 <= value < 1
    # 1.0 is a share of all to one reader, and one row to another.
    if not number or not (share or (isinstance(value, int) and value >= 0)):
        raise UserError(
            f"data.{name}={value} is unknown: use a whole number of at least 0, or a share above 0 "
            "and below 1"
        )


def rows_of(size: float, count: int) -> int:
    """A number of rows; a share is at least one of them."""
    return max(1, round(size * count)) if 0 < size < 1 else int(size)
