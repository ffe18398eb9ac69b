"""Training loops in PyTorch, as people write them and as an expert would."""

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch.fx.experimental.proxy_tensor import make_fx

from benchmarks.draws.torch import Draw
from benchmarks.optimizers.torch import adam, optimizer_of
from benchmarks.task import Task, minimize, replaced
from triceras.benchmark.inputs import Inputs
from triceras.benchmark.native import Native

Maker = Callable[[Inputs], Native]


class OnDevice:
    """The inputs as tensors on the device."""

    def __init__(self, task: Task, inputs: Inputs):
        torch.manual_seed(inputs.seed)
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.x, self.y, self.indices = (
            torch.as_tensor(a, device=self.device)
            for a in (inputs.x, inputs.y.astype("int64"), inputs.indices.astype("int64"))
        )
        # A tensor that `layout` has made keeps the order in which it lies in memory.
        self.weights = [
            torch.as_tensor(weight, device=self.device).clone()
            for weight in task.layout(inputs.weights)
        ]
        self.averages = [
            torch.tensor(average, device=self.device) for average in task.averages(inputs.weights)
        ]
        self.noise = {
            name: torch.as_tensor(noise, device=self.device) for name, noise in inputs.noise.items()
        }

    def evaluate(self, task: Task, weights: Any, x: np.ndarray, y: np.ndarray) -> float:
        """The losses of weights on a batch, together, outside of training."""
        draw = Draw({}, self.device, training=False)
        with torch.no_grad():
            batch = (
                torch.as_tensor(x, device=self.device),
                torch.as_tensor(y.astype("int64"), device=self.device),
            )
            losses = [o.loss(weights, self.averages, *batch, draw)[0] for o in task.objectives]
            return float(sum(losses))


def eager(task: Task) -> Maker:
    """As people write it: a Python loop around `backward` and fused Adam."""

    def make(inputs: Inputs) -> Native:
        given = OnDevice(task, inputs)
        weights = [weight.requires_grad_() for weight in given.weights]
        optimizers = [
            optimizer_of(settings, weights[objective.trains])
            for objective, settings in zip(task.objectives, inputs.optimizers, strict=True)
        ]

        def step(x, y, fed):
            draw = Draw(fed, given.device)
            losses = []
            for objective, (optimizer, schedule) in zip(task.objectives, optimizers, strict=True):
                loss, _ = objective.loss(weights, given.averages, x, y, draw)
                optimizer.zero_grad()
                loss.backward(inputs=weights[objective.trains])
                optimizer.step()
                if schedule:
                    schedule.step()
                losses.append(loss.detach())
            return sum(losses)

        def run(start: int, stop: int) -> np.ndarray:
            losses = []
            for position in inputs.positions(start, stop):
                rows = given.indices[position]
                fed = {name: noise[position] for name, noise in given.noise.items()}
                losses.append(step(given.x[rows], given.y[rows], fed))
            return torch.stack(losses).numpy(force=True)

        return Native(run, lambda x, y: given.evaluate(task, weights, x, y))

    return make


def compiled_loss(task: Task, **options: Any) -> Maker:
    """The same with `torch.compile` around the model and its loss.

    Args:
        task: what to train.
        **options: of `torch.compile`.
    """

    def make(inputs: Inputs) -> Native:
        objectives = [
            dataclasses.replace(
                objective, loss=torch.compile(objective.loss, dynamic=False, **options)
            )
            for objective in task.objectives
        ]
        return eager(dataclasses.replace(task, objectives=objectives))(inputs)

    return make


def whole_step(task: Task) -> Maker:
    """As an expert writes it: forward, backward and Adam as one function, compiled by inductor.

    Not for a task with averages, which PyTorch would change in place.
    """

    def make(inputs: Inputs) -> Native:
        given = OnDevice(task, inputs)

        def step(state, x, y, rows, fed):
            weights, means, squares, t = state
            draw = Draw(fed, given.device)
            x, y, t = x[rows], y[rows], t + 1
            losses = []
            for objective, settings in zip(task.objectives, inputs.optimizers, strict=True):

                def loss_of(own, objective=objective, weights=weights):
                    every = replaced(weights, objective.trains, own)
                    return objective.loss(every, [], x, y, draw)[0]

                own = objective.trains
                gradients, loss = torch.func.grad_and_value(loss_of)(weights[own])
                moved = adam(settings, t, weights[own], means[own], squares[own], gradients)
                weights, means, squares = (
                    replaced(every, own, new)
                    for every, new in zip((weights, means, squares), moved, strict=True)
                )
                losses.append(loss)
            return (weights, means, squares, t), sum(losses)

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

        return Native(run, lambda x, y: given.evaluate(task, state[0], x, y))

    return make


def channels_first(weights: list[np.ndarray]) -> list[Any]:
    """Weights whose kernels have their channels first, as PyTorch wants them."""
    return [np.ascontiguousarray(w.transpose(3, 2, 0, 1)) if w.ndim == 4 else w for w in weights]


def channels_last(weights: list[np.ndarray]) -> list[Any]:
    """The same, lying in memory so that oneDNN takes them with the channels last."""
    layout = torch.channels_last
    tensors = map(torch.as_tensor, channels_first(weights))
    return [w.contiguous(memory_format=layout) if w.ndim == 4 else w for w in tensors]


def contenders(loss_of: Any) -> dict[str, dict[str, Maker]]:
    """All forms of a loop around `loss_of(weights, x, y, draw) -> scalar`."""
    return forms(minimize(loss_of))


def forms(task: Task) -> dict[str, dict[str, Maker]]:
    """All forms of a loop around a task without averages."""
    return {
        "people's": {
            "eager, fused Adam": eager(task),
            "torch.compile, fused Adam": compiled_loss(task),
        },
        "expert's": {"inductor, whole step": whole_step(task)},
    }
