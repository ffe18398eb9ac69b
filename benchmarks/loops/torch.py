"""Training loops in PyTorch, as people write them and as an expert would."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch.fx.experimental.proxy_tensor import make_fx

from triceras.benchmark.inputs import Inputs
from triceras.benchmark.native import Native


class Draw:
    """The random numbers of one step: PyTorch's own, or those that a check feeds in."""

    def __init__(self, fed: dict[str, Any], device: str):
        self.fed = fed
        self.device = device

    def normal(self, shape: tuple[int, ...]) -> Any:
        return self.fed["normal"] if self.fed else torch.randn(shape, device=self.device)

    def uniform(self, shape: tuple[int, ...]) -> Any:
        return self.fed["uniform"] if self.fed else torch.rand(shape, device=self.device)


class OnDevice:
    """The inputs as tensors on the device."""

    def __init__(self, inputs: Inputs):
        torch.manual_seed(inputs.seed)
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.x, self.y, self.indices = (
            torch.as_tensor(a, device=self.device)
            for a in (inputs.x, inputs.y.astype("int64"), inputs.indices.astype("int64"))
        )
        self.weights = [torch.tensor(weight, device=self.device) for weight in inputs.weights]
        self.noise = {
            name: torch.as_tensor(noise, device=self.device) for name, noise in inputs.noise.items()
        }

    def evaluate(self, loss_of: Any, weights: Any, x: np.ndarray, y: np.ndarray) -> float:
        """The loss of weights on a batch."""
        with torch.no_grad():
            images = torch.as_tensor(x, device=self.device)
            labels = torch.as_tensor(y.astype("int64"), device=self.device)
            return float(loss_of(weights, images, labels, Draw({}, self.device)))


def eager(loss_of: Any, inputs: Inputs) -> Native:
    """As people write it: a Python loop around `backward` and fused Adam."""
    given = OnDevice(inputs)
    settings = inputs.optimizer
    weights = [weight.requires_grad_() for weight in given.weights]
    optimizer = torch.optim.Adam(
        weights,
        settings["learning_rate"],
        (settings["beta_1"], settings["beta_2"]),
        settings["epsilon"],
        fused=True,
    )

    def run(start: int, stop: int) -> np.ndarray:
        losses = []
        for position in inputs.positions(start, stop):
            rows = given.indices[position]
            fed = {name: noise[position] for name, noise in given.noise.items()}
            loss = loss_of(weights, given.x[rows], given.y[rows], Draw(fed, given.device))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.detach())
        return torch.stack(losses).numpy(force=True)

    return Native(run, lambda x, y: given.evaluate(loss_of, weights, x, y))


def compiled_loss(loss_of: Any, inputs: Inputs) -> Native:
    """The same with `torch.compile` around the model and its loss."""
    return eager(torch.compile(loss_of, dynamic=False), inputs)


def whole_step(loss_of: Any, inputs: Inputs) -> Native:
    """As an expert writes it: forward, backward and Adam as one function, compiled by inductor."""
    given = OnDevice(inputs)
    rate, beta_1, beta_2, epsilon = (
        inputs.optimizer[name] for name in ("learning_rate", "beta_1", "beta_2", "epsilon")
    )

    def step(state, x, y, rows, fed):
        weights, means, squares, t = state

        def loss_function(weights):
            return loss_of(weights, x[rows], y[rows], Draw(fed, given.device))

        gradients, loss = torch.func.grad_and_value(loss_function)(weights)
        t = t + 1
        step_size = rate * torch.sqrt(1 - beta_2**t) / (1 - beta_1**t)
        means = [m + (g - m) * (1 - beta_1) for m, g in zip(means, gradients, strict=True)]
        squares = [s + (g * g - s) * (1 - beta_2) for s, g in zip(squares, gradients, strict=True)]
        weights = [
            w - step_size * m / (torch.sqrt(s) + epsilon)
            for w, m, s in zip(weights, means, squares, strict=True)
        ]
        return (weights, means, squares, t), loss

    state = (
        given.weights,
        [torch.zeros_like(weight) for weight in given.weights],
        [torch.zeros_like(weight) for weight in given.weights],
        torch.zeros((), device=given.device),
    )
    program = None

    def run(start: int, stop: int) -> np.ndarray:
        nonlocal state, program
        losses = []
        with torch.no_grad():
            for position in inputs.positions(start, stop):
                fed = {name: noise[position] for name, noise in given.noise.items()}
                arguments = (state, given.x, given.y, given.indices[position], fed)
                if program is None:
                    graph = make_fx(step, tracing_mode="fake")(*arguments)
                    program = torch.compile(graph, dynamic=False)
                state, loss = program(*arguments)
                losses.append(loss)
        return torch.stack(losses).numpy(force=True)

    return Native(run, lambda x, y: given.evaluate(loss_of, state[0], x, y))


def contenders(loss_of: Any) -> dict[str, dict[str, Callable[[Inputs], Native]]]:
    """All forms of a loop around `loss_of(weights, x, y, draw) -> scalar`."""
    return {
        "people's": {
            "eager, fused Adam": lambda inputs: eager(loss_of, inputs),
            "torch.compile, fused Adam": lambda inputs: compiled_loss(loss_of, inputs),
        },
        "expert's": {"inductor, whole step": lambda inputs: whole_step(loss_of, inputs)},
    }
