"""The random numbers of a model's steps, without taking the steps."""

import contextlib
import inspect
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import keras
import numpy as np
from keras import ops
from keras.src import backend

from triceras.benchmark.inputs import name_of_draw
from triceras.benchmark.keras_side import Ours, Subject
from triceras.engines.state import keep, restore, state_variables
from triceras.patching import patched

KINDS = ("normal", "uniform", "dropout")


class DrawMade(NamedTuple):
    """A call of one of Keras's functions that draw, with all its arguments by name."""

    kind: str
    arguments: dict[str, Any]


def begun(subject: Subject, steps_per_call: int) -> tuple[Ours, list[DrawMade]]:
    """Our engine with a model, and what each step draws, in order.

    The model's variables stay as they are.
    """
    with recorded() as draws:
        # The engine tries the first batch, in the way that is fast on its backend.
        ours = Ours(subject, steps_per_call, 0)
    return ours, draws


def drawn(draws: Sequence[DrawMade], model: keras.Model, steps: int) -> dict[str, np.ndarray]:
    """What a model draws in its first steps.

    It follows from the random counters alone, whatever the weights are by then.

    Args:
        draws: of a step.
        model: whose generators they draw from; its variables stay as they are.
        steps: how many.

    Returns:
        Arrays `(steps, *shape)` by `name_of_draw`.
    """
    kept = keep(state_variables(model))
    numbers: dict[str, list[np.ndarray]] = {}
    for _ in range(steps):
        count: Counter[str] = Counter()
        for kind, arguments in draws:
            values = getattr(backend.random, kind)(**arguments)
            name = name_of_draw(kind, count[kind])
            numbers.setdefault(name, []).append(np.array(ops.convert_to_numpy(values)))
            count[kind] += 1
    restore(kept)
    return {name: np.stack(values) for name, values in numbers.items()}


@contextlib.contextmanager
def recorded() -> Iterator[list[DrawMade]]:
    """Collects what Keras draws meanwhile."""
    draws: list[DrawMade] = []

    def recording(kind: str) -> Any:
        function = getattr(backend.random, kind)
        signature = inspect.signature(function)

        def record(*args: Any, **kwargs: Any) -> Any:
            arguments = signature.bind(*args, **kwargs).arguments
            if kind == "dropout":
                # What it does to ones is what it does to any input.
                arguments["inputs"] = np.ones(ops.shape(arguments["inputs"]), "float32")
            draws.append(DrawMade(kind, arguments))
            return function(*args, **kwargs)

        return record

    with contextlib.ExitStack() as patches:
        for kind in KINDS:
            patches.enter_context(patched(backend.random, kind, recording(kind)))
        yield draws
