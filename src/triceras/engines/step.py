"""A step that a user writes once for every backend: which gradients the optimizer is given."""

import contextlib
import dataclasses
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import keras

from triceras.engines.host_draws import refusing_host_draws
from triceras.errors import UserError
from triceras.patching import patched

# The loss of the batch and its gradients, by the weights, where the weights are these.
Evaluate = Callable[[Sequence[Any]], tuple[Any, list[Any]]]
# Gradients for the optimizer, of `(evaluate, weights)`.
Step = Callable[[Evaluate, list[Any]], Sequence[Any]]
# Where a step may draw and assign.
ELSEWHERE = (
    "do it in the model's compute_loss, or in an optimizer, which keep what they have, by a "
    "keras.random.SeedGenerator"
)


@dataclasses.dataclass
class Evaluation:
    """What one evaluation of a step left.

    Args:
        elsewhere: whether it was at other weights than the step began with.
        loss: the loss there.
        state: what an engine keeps of it.
    """

    elsewhere: bool
    loss: Any
    state: Any


def take(
    step: Step,
    weights: list[Any],
    evaluate: Callable[[list[Any]], tuple[list[Any], Any, Any]],
    compiled: bool = True,
) -> tuple[list[Any], Evaluation]:
    """Takes a user's step.

    Args:
        step: as it is configured.
        weights: that the objective trains.
        evaluate: gives the gradients at some weights, the loss, and the state that is left there.
            It begins with the same state each time.
        compiled: whether steps are to be compiled.

    Returns:
        The gradients for the optimizer, and the first evaluation, whose loss, metrics, moving
        averages and random counters are those of the step.

    Raises:
        UserError: the step evaluated nothing, did not return a gradient of each weight, has a
            state of its own, or draws what a compiled step would hold as a constant.
    """
    done: list[Evaluation] = []
    name = getattr(step, "__name__", type(step).__name__)

    def evaluate_and_note(at: Sequence[Any]) -> tuple[Any, list[Any]]:
        with refusing.paused():
            gradients, loss, state = evaluate(list(at))
        done.append(Evaluation(at is not weights, loss, state))
        return loss, gradients

    draws = refusing_host_draws(f"loop.step {name}", [step], compiled, ELSEWHERE)
    with draws, Refusing(name).assignments() as refusing:
        gradients = list(step(evaluate_and_note, weights))
    if not done:
        raise UserError(f"loop.step {name} has to call evaluate(weights) at least once")
    if len(gradients) != len(weights):
        raise UserError(
            f"loop.step {name} returned {len(gradients)} gradients for {len(weights)} weights: "
            "return one of each, in their order"
        )
    return gradients, done[0]


class Refusing:
    """Refuses what a step assigns by itself, random counters too.

    Args:
        name: of the step.
    """

    def __init__(self, name: str):
        self.name = name
        self.refuses = True

    @contextlib.contextmanager
    def assignments(self) -> Iterator["Refusing"]:
        """Refuses assignments within."""
        assign: Any = keras.Variable.assign

        def refuse(variable: Any, value: Any, *others: Any, **options: Any) -> Any:
            if self.refuses:
                raise UserError(
                    f"loop.step {self.name} draws random numbers or assigns a variable "
                    f"({variable.path}), with which a compiled step would not go on: {ELSEWHERE}"
                )
            return assign(variable, value, *others, **options)

        with patched(keras.Variable, "assign", refuse):
            yield self

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Lets the model assign within."""
        self.refuses = False
        try:
            yield
        finally:
            self.refuses = True
