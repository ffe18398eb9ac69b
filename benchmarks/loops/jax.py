"""Training loops in JAX and optax, as people write them and as an expert would."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from triceras.benchmark.inputs import Inputs
from triceras.benchmark.native import Native


class Draw:
    """The random numbers of one step: JAX's own, or those that a check feeds in."""

    def __init__(self, key: Any, fed: dict[str, Any]):
        self.key = key
        self.fed = fed

    def normal(self, shape: tuple[int, ...]) -> Any:
        if self.fed:
            return self.fed["normal"]
        return jax.random.normal(jax.random.fold_in(self.key, 0), shape)

    def uniform(self, shape: tuple[int, ...]) -> Any:
        if self.fed:
            return self.fed["uniform"]
        return jax.random.uniform(jax.random.fold_in(self.key, 1), shape)


def adam(inputs: Inputs) -> optax.GradientTransformation:
    """Adam with the settings of our model's."""
    settings = inputs.optimizer
    return optax.adam(
        settings["learning_rate"], settings["beta_1"], settings["beta_2"], settings["epsilon"]
    )


def make_step(loss_of: Any, inputs: Inputs) -> tuple[Any, Any]:
    """The step that both loops take, and the state that it begins with."""
    optimizer = adam(inputs)
    weights = [jnp.asarray(weight) for weight in inputs.weights]
    key = jax.random.key(inputs.seed)

    def step(state, x, y, k, fed):
        weights, optimizer_state = state
        draw = Draw(jax.random.fold_in(key, k), fed)
        loss, gradients = jax.value_and_grad(loss_of)(weights, x, y, draw)
        updates, optimizer_state = optimizer.update(gradients, optimizer_state, weights)
        return (optax.apply_updates(weights, updates), optimizer_state), loss

    return step, (weights, optimizer.init(weights))


def make_evaluation(loss_of: Any, inputs: Inputs) -> Callable[[Any, Any, Any], float]:
    """The loss of weights on a batch."""
    key = jax.random.key(inputs.seed + 1)
    loss = jax.jit(lambda weights, x, y: loss_of(weights, x, y, Draw(key, {})))
    return lambda weights, x, y: float(loss(weights, x, y))


def jitted_step(loss_of: Any, inputs: Inputs) -> Native:
    """As people write it: a Python loop over batches around a jitted step."""
    step, state = make_step(loss_of, inputs)
    step = jax.jit(step)
    evaluate = make_evaluation(loss_of, inputs)

    def run(start: int, stop: int) -> np.ndarray:
        nonlocal state
        losses = []
        for k, position in enumerate(inputs.positions(start, stop), start):
            rows = inputs.indices[position]
            fed = {name: noise[position] for name, noise in inputs.noise.items()}
            state, loss = step(state, inputs.x[rows], inputs.y[rows], k, fed)
            losses.append(loss)
        return np.array(jax.device_get(losses))

    return Native(run, lambda x, y: evaluate(state[0], x, y))


def scan(loss_of: Any, inputs: Inputs) -> Native:
    """As an expert writes it: the data on the device, `lax.scan` over many steps in one program."""
    step, state = make_step(loss_of, inputs)
    x, y = jax.device_put(inputs.x), jax.device_put(inputs.y)

    def steps(state, x, y, rows, ks, fed):
        def body(state, each):
            rows, k, fed = each
            return step(state, x[rows], y[rows], k, fed)

        return jax.lax.scan(body, state, (rows, ks, fed))

    program = jax.jit(steps, donate_argnums=0)
    evaluate = make_evaluation(loss_of, inputs)

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

    return Native(run, lambda x, y: evaluate(state[0], x, y))


def contenders(loss_of: Any) -> dict[str, dict[str, Callable[[Inputs], Native]]]:
    """Both forms of a loop around `loss_of(weights, x, y, draw) -> scalar`."""
    return {
        "people's": {"jax.jit, a step": lambda inputs: jitted_step(loss_of, inputs)},
        "expert's": {"lax.scan, all steps": lambda inputs: scan(loss_of, inputs)},
    }
