"""Training loops in JAX and optax, as people write them and as an expert would."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from benchmarks.draws.jax import Draw
from benchmarks.optimizers.jax import optimizer_of
from benchmarks.task import Task, minimize, replaced
from triceras.benchmark.inputs import Inputs
from triceras.benchmark.native import Native

Maker = Callable[[Inputs], Native]


def make_step(task: Task, inputs: Inputs) -> tuple[Any, Any]:
    """The step that all loops take, and the state that it begins with."""
    optimizers = [optimizer_of(settings) for settings in inputs.optimizers]
    weights = [jnp.asarray(weight) for weight in task.layout(inputs.weights)]
    averages = [jnp.asarray(average) for average in task.averages(inputs.weights)]
    key = jax.random.key(inputs.seed)

    def step(state, x, y, k, fed):
        weights, averages, optimizer_states = state
        draw = Draw(jax.random.fold_in(key, k), fed)
        losses, states = [], []
        for objective, optimizer, optimizer_state in zip(
            task.objectives, optimizers, optimizer_states, strict=True
        ):

            def loss_of(own, objective=objective, weights=weights, averages=averages):
                every = replaced(weights, objective.trains, own)
                return objective.loss(every, averages, x, y, draw)

            own = weights[objective.trains]
            (loss, averages), gradients = jax.value_and_grad(loss_of, has_aux=True)(own)
            updates, optimizer_state = optimizer.update(gradients, optimizer_state, own)
            weights = replaced(weights, objective.trains, optax.apply_updates(own, updates))
            losses.append(loss)
            states.append(optimizer_state)
        return (weights, averages, states), sum(losses)

    states = [
        optimizer.init(weights[objective.trains])
        for objective, optimizer in zip(task.objectives, optimizers, strict=True)
    ]
    return step, (weights, averages, states)


def make_evaluation(task: Task, inputs: Inputs) -> Callable[..., float]:
    """The losses of a state on a batch, together, outside of training."""
    key = jax.random.key(inputs.seed + 1)

    @jax.jit
    def evaluate(weights, averages, x, y):
        draw = Draw(key, {}, training=False)
        return sum(o.loss(weights, averages, x, y, draw)[0] for o in task.objectives)

    return lambda state, x, y: float(evaluate(*state[:2], x, y))


def jitted_step(task: Task) -> Maker:
    """As people write it: a Python loop over batches around a jitted step."""

    def make(inputs: Inputs) -> Native:
        step, state = make_step(task, inputs)
        evaluate = make_evaluation(task, inputs)
        step = jax.jit(step)

        def run(start: int, stop: int) -> np.ndarray:
            nonlocal state
            losses = []
            for k, position in enumerate(inputs.positions(start, stop), start):
                rows = inputs.indices[position]
                fed = {name: noise[position] for name, noise in inputs.noise.items()}
                state, loss = step(state, inputs.x[rows], inputs.y[rows], k, fed)
                losses.append(loss)
            return np.array(jax.device_get(losses))

        return Native(run, lambda x, y: evaluate(state, x, y))

    return make


def donated_step(task: Task) -> Maker:
    """As an expert writes it where XLA is slow within a loop, as it is with convolutions on a CPU.

    The data are on the device, and a step takes the memory of the state before it.
    """

    def make(inputs: Inputs) -> Native:
        step, state = make_step(task, inputs)
        evaluate = make_evaluation(task, inputs)
        x, y = jax.device_put(inputs.x), jax.device_put(inputs.y)
        program = jax.jit(
            lambda state, x, y, rows, k, fed: step(state, x[rows], y[rows], k, fed),
            donate_argnums=0,
        )

        def run(start: int, stop: int) -> np.ndarray:
            nonlocal state
            losses = []
            for k, position in enumerate(inputs.positions(start, stop), start):
                fed = {name: noise[position] for name, noise in inputs.noise.items()}
                state, loss = program(state, x, y, inputs.indices[position], k, fed)
                losses.append(loss)
            return np.array(jax.device_get(losses))

        return Native(run, lambda x, y: evaluate(state, x, y))

    return make


def scan(task: Task) -> Maker:
    """As an expert writes it: the data on the device, `lax.scan` over many steps in one program."""

    def make(inputs: Inputs) -> Native:
        step, state = make_step(task, inputs)
        evaluate = make_evaluation(task, inputs)
        x, y = jax.device_put(inputs.x), jax.device_put(inputs.y)

        def steps(state, x, y, rows, ks, fed):
            def body(state, each):
                rows, k, fed = each
                return step(state, x[rows], y[rows], k, fed)

            return jax.lax.scan(body, state, (rows, ks, fed))

        program = jax.jit(steps, donate_argnums=0)

        def run(start: int, stop: int) -> np.ndarray:
            nonlocal state
            losses = []
            for first in range(start, stop, inputs.steps_per_call):
                ks = np.arange(first, min(first + inputs.steps_per_call, stop), dtype="int32")
                positions = inputs.positions(first, first + len(ks))
                fed = {name: noise[positions] for name, noise in inputs.noise.items()}
                state, loss = program(state, x, y, inputs.indices[positions], ks, fed)
                losses.append(loss)
            return np.concatenate(jax.device_get(losses))

        return Native(run, lambda x, y: evaluate(state, x, y))

    return make


def contenders(loss_of: Any) -> dict[str, dict[str, Maker]]:
    """Both forms of a loop around `loss_of(weights, x, y, draw) -> scalar`."""
    task = minimize(loss_of)
    return {
        "people's": {"jax.jit, a step": jitted_step(task)},
        "expert's": {"lax.scan, all steps": scan(task)},
    }
