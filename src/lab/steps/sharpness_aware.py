"""Steps towards minima that are flat: two gradients of each batch, written once."""

from collections.abc import Callable, Sequence
from typing import Any

from keras import ops


class SharpnessAware:
    """The gradient at the worst point nearby, in the place of the one at the weights themselves.

    A first gradient says in which direction the loss rises the fastest, a second one is taken at a
    distance `rho` from the weights in that direction, and moves them.

    Args:
        rho: the radius of the neighbourhood, in the Euclidean norm of all weights together.

    Reference:
        Foret et al. 2021, [Sharpness-Aware Minimization for Efficiently Improving Generalization](
        https://arxiv.org/abs/2010.01412), algorithm 1 with p = 2
    """

    def __init__(self, rho: float = 0.05):
        self.rho = rho

    def __call__(
        self, evaluate: Callable[[Sequence[Any]], tuple[Any, list[Any]]], weights: list[Any]
    ) -> list[Any]:
        _, gradients = evaluate(weights)
        norm = ops.sqrt(sum(ops.sum(ops.square(gradient)) for gradient in gradients))
        scale = self.rho / (norm + 1e-12)
        nearby = [w + scale * gradient for w, gradient in zip(weights, gradients, strict=True)]
        _, gradients = evaluate(nearby)
        return gradients
