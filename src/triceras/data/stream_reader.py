"""Rows of a stream, one after the other, and where in it they are."""

import collections
import copy
import inspect
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from triceras.data.examples import rows_in
from triceras.data.portable import portable
from triceras.data.user_function import telling
from triceras.errors import UserError

Rows = dict[str, np.ndarray]
END = object()


class Place(NamedTuple):
    """Where a stream is.

    Args:
        own: the state of the stream, in its own words; `None` where it has none.
        left_out: rows that are still to be left out.
    """

    own: Any
    left_out: int


class StreamReader:
    """Reads a stream in parts of any number of rows, again from its start when it has ended.

    Args:
        function: returns whatever can be iterated over. It is called anew for each pass, with the
            number of the pass where it has a parameter `number_of_pass`.
        rows_of: makes named arrays, with a row for each example, of what the stream gives.
        left_out: rows at the start of each pass that are held out, or `None`: that they are the
            same in each pass is checked.
        where: what the stream is, for messages.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        rows_of: Callable[[Any], Rows],
        left_out: Rows | None,
        where: str,
    ):
        self.function = function
        self.rows_of = rows_of
        self.held_out = left_out or {}
        self.skipped = rows_in(left_out) if left_out else 0
        self.where = where
        self.stream: Any = None
        self.iterator: Iterator[Any] | None = None
        self.counts = "number_of_pass" in inspect.signature(function).parameters
        self.begin(0)

    def begin(self, number: int) -> None:
        """Begins a pass, at its first row, and ends the one before."""
        self.close()
        self.number_of_pass = number
        self.stream = self.told(
            lambda: self.function(number_of_pass=number) if self.counts else self.function()
        )
        self.iterator = None
        # What was read and not given out, each with where the stream was before it was read.
        self.held: collections.deque[tuple[Place, Rows]] = collections.deque()
        self.taken = 0
        self.left_out = self.skipped
        self.is_empty = True

    def read(self, count: int) -> Rows:
        """The next rows.

        Raises:
            UserError: the stream failed, is empty, or gives what is not to be put together.
        """
        found: list[Rows] = []
        missing = count
        while missing:
            if not self.held:
                self.fetch()
                continue
            rows = self.held[0][1]
            size = rows_in(rows)
            upto = min(self.taken + missing, size)
            missing -= upto - self.taken
            # What the stream gives next may be the same memory, filled anew.
            keep = np.array if missing else np.asarray
            found.append({name: keep(array[self.taken : upto]) for name, array in rows.items()})
            self.taken = upto
            if upto == size:
                self.held.popleft()
                self.taken = 0
        return self.joined(found)

    def joined(self, found: list[Rows]) -> Rows:
        """Rows that were read apart, in one.

        Raises:
            UserError: they do not go together.
        """
        names = list(found[0])
        for rows in found:
            if list(rows) != names:
                raise UserError(
                    f"{self.where} gives {', '.join(names)}, and then {', '.join(rows)}"
                )
            for name in names:
                if rows[name].shape[1:] != found[0][name].shape[1:]:
                    raise UserError(
                        f"{self.where} gives {name!r} of shape {found[0][name].shape[1:]} and of "
                        f"{rows[name].shape[1:]}: wanted is one shape; pad, cut or resize there"
                    )
        # Whole numbers and fractions of 32 bits are of 64 together.
        return {
            name: portable(name, np.concatenate([rows[name] for rows in found])) for name in names
        }

    def fetch(self) -> None:
        """Reads what the stream gives next."""
        before = Place(self.own_state(), self.left_out)
        iterator = self.begun()
        item = self.told(lambda: next(iterator, END))
        if item is END:
            if self.is_empty:
                raise UserError(
                    f"{self.where} ended after {self.skipped - self.left_out} examples, before the "
                    "first one to train on: a function, called again, must return a new stream"
                )
            self.begin(self.number_of_pass + 1)
            return
        rows = self.rows_of(item)
        size = rows_in(rows)
        drop = min(self.left_out, size)
        self.check_held_out({name: array[:drop] for name, array in rows.items()})
        self.left_out -= drop
        if drop < size:
            self.is_empty = False
            self.held.append((before, {name: array[drop:] for name, array in rows.items()}))

    def check_held_out(self, rows: Rows) -> None:
        """Checks the next rows of those that are held out.

        Raises:
            UserError: they are others than in the first pass, so that these would be trained on.
        """
        first = self.skipped - self.left_out
        for name, array in rows.items():
            before = self.held_out.get(name, array[:0])[first : first + len(array)]
            kind = array.dtype.kind
            if not np.array_equal(before, array, equal_nan=kind == before.dtype.kind == "f"):
                raise UserError(
                    f"{self.where} begins with other examples ({name!r}) each time it is called, "
                    f"so that the {self.skipped} that are held out would be trained on: shuffle, "
                    "and change at random, only what comes after them, or give data.test_source "
                    "(and data.validation_source)"
                )

    def close(self) -> None:
        """Ends the stream's own processes, where it has some."""
        one: Any
        for one in (self.iterator, self.stream):
            if hasattr(one, "close"):
                self.told(one.close)
                return

    # Where it is.

    def state(self) -> dict[str, Any] | None:
        """Where the next row is, in the stream's own words; `None` where it has none."""
        place = self.held[0][0] if self.held else Place(self.own_state(), self.left_out)
        if place.own is None:
            return None
        return {"number_of_pass": self.number_of_pass, "taken": self.taken, **place._asdict()}

    def set_state(self, state: dict[str, Any]) -> None:
        """Goes on where `state` was."""
        self.begin(state["number_of_pass"])
        self.told(lambda: self.set_own_state(state["own"]))
        self.left_out = state["left_out"]
        while state["taken"] and not self.held:
            self.fetch()
        self.taken, self.is_empty = state["taken"], False

    def own_state(self) -> Any:
        """The state of the stream, as torchdata's loaders and Grain's iterators say it.

        It is a copy, as a stream may go on with the dictionary that it gives.
        """
        if hasattr(self.stream, "state_dict"):
            return copy.deepcopy(self.stream.state_dict())
        iterator = self.begun()
        for name in ("get_state", "state_dict"):
            if hasattr(iterator, name):
                return copy.deepcopy(getattr(iterator, name)())
        return None

    def begun(self) -> Iterator[Any]:
        """The iterator over the stream."""
        iterator = self.iterator or self.told(lambda: iter(self.stream))
        self.iterator = iterator
        return iterator

    def set_own_state(self, own: Any) -> None:
        """Gives the stream the state that `own_state` gave."""
        own = copy.deepcopy(own)
        if hasattr(self.stream, "load_state_dict"):
            self.stream.load_state_dict(own)
            return
        self.iterator = iter(self.stream)
        name = "set_state" if hasattr(self.iterator, "set_state") else "load_state_dict"
        getattr(self.iterator, name)(own)

    def told(self, function: Callable[[], Any]) -> Any:
        """What a function of the stream's returns."""
        return telling(function, self.where)
