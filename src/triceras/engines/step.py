"""A step that a user writes once for every backend: which gradients the optimizer is given."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

from triceras.errors import UserError

# The loss of the batch and its gradients, by the weights, where the weights are these.
Evaluate = Callable[[Sequence[Any]], tuple[Any, list[Any]]]
# Gradients for the optimizer, of `(evaluate, weights)`.
Step = Callable[[Evaluate, list[Any]], Sequence[Any]]


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
) -> tuple[list[Any], Evaluation]:
    """Takes a user's step.

    Args:
        step: as it is configured.
        weights: that the objective trains.
        evaluate: gives the gradients at some weights, the loss, and the state that is left there.
            It begins with the same state each time.

    Returns:
        The gradients for the optimizer, and the first evaluation, whose loss, metrics, moving
        averages and random counters are those of the step.

    Raises:
        UserError: the step evaluated nothing, or did not return a gradient of each weight.
    """
    done: list[Evaluation] = []

    def evaluate_and_note(at: Sequence[Any]) -> tuple[Any, list[Any]]:
        gradients, loss, state = evaluate(list(at))
        done.append(Evaluation(at is not weights, loss, state))
        return loss, gradients

    gradients = list(step(evaluate_and_note, weights))
    name = getattr(step, "__name__", type(step).__name__)
    if not done:
        raise UserError(f"loop.step {name} has to call evaluate(weights) at least once")
    if len(gradients) != len(weights):
        raise UserError(
            f"loop.step {name} returned {len(gradients)} gradients for {len(weights)} weights: "
            "return one of each, in their order"
        )
    return gradients, done[0]
