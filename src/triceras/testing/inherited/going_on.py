"""A run that goes on with what the run before it has compiled."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from triceras.commands import experiment
from triceras.engines import Engine, engine_class
from triceras.loops import custom


class Compiled:
    """The engine of a run, with its model and its programs, for a run that goes on half-way.

    To build a model anew and to compile the same programs once more takes longer than the steps.
    State that is no variable is found all the same: it is then that of the end of the first run.
    That a run goes on in a process of its own, compiled anew, the engine room tests on each backend
    (tests/triceras/integration/test_resume.py), and that a model made anew computes the same, the
    tests of serialization.
    """

    def __init__(self):
        self.engine: Engine | None = None
        self.look_anew: Callable[[], None] = lambda: None
        self.looks = 0

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Keeps the engine that a run of the custom loop makes here."""

        def make(*args: Any, **kwargs: Any) -> Engine:
            self.engine = engine_class()(*args, **kwargs)
            self.look_anew = self.engine.follow
            self.engine.follow = self.follow
            return self.engine

        with patch.object(custom, "engine_class", lambda: make):
            yield

    def follow(self) -> None:
        """Counts how often what is trained, or a constant, may have changed: once at the start."""
        self.looks += 1
        self.look_anew()

    @contextmanager
    def used(self) -> Iterator[None]:
        """Has a run go on with it here, unless a callback had changed what programs rest on."""
        engine = self.engine
        if engine is None or self.looks > 1:
            yield
            return

        def follow() -> None:
            engine.follow = self.look_anew

        engine.follow = follow
        with (
            patch.object(experiment, "build_model", lambda *_: engine.model),
            patch.object(custom, "engine_class", lambda: lambda *_, **__: engine),
        ):
            yield
