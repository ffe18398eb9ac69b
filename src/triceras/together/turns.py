"""Functions that run in threads and take turns: one at a time, each until it asks for something.

What all of them have asked for is answered at once. As only one of them runs at any time, and each
from where it asked to where it asks again, they are as predictable as one after the other. Keras
keeps names, types of numbers and seeds by thread, so each has its own.
"""

import contextlib
import copy
import os
import random
import sys
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, TextIO

current = threading.local()
# Of what all share: how many seconds the last answer took.
ANSWERING = "seconds of answering"
# Of a thread, before its number.
NAME = "turn-"


class Turn(threading.Thread):
    """One of several functions.

    Args:
        function: without arguments.
        place: its number among them.
        common: what all of them share.
    """

    def __init__(self, function: Callable[[], Any], place: int, common: dict[Any, Any]):
        super().__init__(name=f"{NAME}{place}", daemon=True)
        self.function, self.place, self.common = function, place, common
        self.over = False
        # Seconds that the others have taken while it waited for them.
        self.elsewhere = 0.0
        # Whether it has waited for a program that was made, since `has_built` was last asked.
        self.built = False
        self.asked: Any = None
        self.answer: Any = None
        self.result: Any = None
        self.error: BaseException | None = None
        self.generators = generators()
        self.may_go_on, self.has_paused = threading.Semaphore(0), threading.Semaphore(0)

    def run(self) -> None:
        """Is called in the thread."""
        current.turn = self
        self.may_go_on.acquire()
        try:
            self.result = self.function()
        except BaseException as error:
            self.error = error
        self.over = True
        self.has_paused.release()

    def ask(self, question: Any) -> Any:
        """Lets the others go on until they have asked as well; returns the answer.

        Raises:
            BaseException: the answer is one.
        """
        self.asked = question
        began = time.perf_counter()
        self.has_paused.release()
        self.may_go_on.acquire()
        self.elsewhere += time.perf_counter() - began - self.common[ANSWERING]
        answer, self.answer, self.asked = self.answer, None, None
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def go_on(self, answer: Any = None, heard: bool = True) -> None:
        """Lets it run until it asks or is over, with random generators of its own.

        Python's and NumPy's belong to the process, and a run that is alone finds them as it has
        left them.

        Args:
            answer: to what it has asked.
            heard: whether what it prints is: of several it would stand among the others'.
        """
        if not self.is_alive() and not self.over:
            self.start()
        outside = generators()
        give(self.generators)
        self.answer = answer
        with contextlib.nullcontext() if heard else unheard():
            self.may_go_on.release()
            self.has_paused.acquire()
        self.generators = generators()
        give(outside)


def generators() -> tuple[Any, Any]:
    """The states of Python's generator and of NumPy's."""
    import numpy as np  # which a command that runs one function need not have by then

    return random.getstate(), np.random.get_state()


def give(states: tuple[Any, Any]) -> None:
    """Gives these generators states."""
    import numpy as np

    random.setstate(states[0])
    np.random.set_state(states[1])


@contextlib.contextmanager
def unheard():
    """Keeps from the terminal what is printed within; warnings and errors are not."""
    before: TextIO = sys.stdout
    with open(os.devnull, "w") as nothing:
        sys.stdout = nothing
        try:
            yield
        finally:
            sys.stdout = before


def turn() -> Turn | None:
    """That of the present thread, or `None` where it takes no turns."""
    return getattr(current, "turn", None)


def clock() -> float:
    """Seconds that pass for the present function: not while the others take their turns.

    What all of them wait for, an answer, takes its time for each. Elsewhere it is the usual clock.
    """
    mine = turn()
    return time.perf_counter() - (mine.elsewhere if mine else 0.0)


def has_built() -> bool:
    """Whether the present function has waited for a program since this was last asked."""
    mine = turn()
    if mine is None:
        return False
    found, mine.built = mine.built, False
    return found


def nobody(one: Turn) -> None:
    """Is told, and does nothing."""


def take_turns(
    functions: Sequence[Callable[[], Any]],
    answer: Callable[[list[Any]], list[Any]],
    ends_all: Callable[[BaseException], bool] = lambda error: True,
    ended: Callable[[Turn], Any] = nobody,
    heard: Callable[[Turn], Any] = nobody,
) -> list[Turn]:
    """Runs functions until all are over.

    The first one that is not over is heard, and what the others print is not.

    Args:
        functions: without arguments, which may call `turn().ask(question)`.
        answer: given the questions of all that are not over, gives the answers. What it raises is
            raised where each has asked.
        ends_all: whether an error of the first one, before it has asked for anything, is so for
            all, so that the others do not begin.
        ended: is told of each as soon as it is over, but of one that ends all.
        heard: is told of the one that is heard once those before it are over.

    Returns:
        All of them, with their `result` or `error`.
    """
    common: dict[Any, Any] = {ANSWERING: 0.0}
    turns = [Turn(function, place, common) for place, function in enumerate(functions)]
    waiting, answers = turns, [None] * len(turns)
    while waiting:
        first = waiting[0]
        for each, one in zip(waiting, answers, strict=True):
            each.go_on(one, heard=each is first)
            begins = waiting is turns and each is turns[0]
            if begins and each.error is not None and ends_all(each.error):
                return [each]
            if each.over:
                ended(each)
        waiting = [each for each in waiting if not each.over]
        if waiting and waiting[0] is not first:
            heard(waiting[0])
        began = time.perf_counter()
        answers = answers_to(waiting, answer) if waiting else []
        common[ANSWERING] = time.perf_counter() - began
    return turns


def answers_to(waiting: list[Turn], answer: Callable[[list[Any]], list[Any]]) -> list[Any]:
    """The answers to what turns have asked, or for each what went wrong."""
    try:
        return answer([each.asked for each in waiting])
    except Exception as error:
        return [own(error) for _ in waiting]


def own(error: Exception) -> Exception:
    """A copy of an exception, to which each function that it ends may add what it has to say."""
    try:
        copied = copy.copy(error).with_traceback(error.__traceback__)
        copied.__cause__ = error.__cause__
        return copied
    except Exception:
        return error  # of a class that makes no copies
