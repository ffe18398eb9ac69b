"""Training loops in TensorFlow, as people write them and as an expert would."""

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from triceras.benchmark.inputs import Inputs
from triceras.benchmark.native import Native


class Draw:
    """The random numbers of one step: TensorFlow's own, or those that a check feeds in.

    Args:
        fed: what a check feeds in, or nothing.
        seed: int32 tensor `(2,)` for the stateless generators, which XLA wants; `None` for the
            stateful ones, which people use. In a loop of XLA Threefry is faster than the generator
            that is chosen otherwise.
    """

    def __init__(self, fed: dict[str, Any], seed: Any = None):
        self.fed = fed
        self.seed = seed

    def normal(self, shape: tuple[int, ...]) -> Any:
        if self.fed:
            return self.fed["normal"]
        if self.seed is None:
            return tf.random.normal(shape)
        return tf.random.stateless_normal(shape, self.seed, alg="threefry")

    def uniform(self, shape: tuple[int, ...]) -> Any:
        if self.fed:
            return self.fed["uniform"]
        if self.seed is None:
            return tf.random.uniform(shape)
        seed = self.seed + tf.constant([0, 1])
        return tf.random.stateless_uniform(shape, seed, alg="threefry")


def make_evaluation(loss_of: Any) -> Callable[[Any, Any, Any], float]:
    """The loss of weights on a batch."""
    loss = tf.function(lambda weights, x, y: loss_of(weights, x, y, Draw({})))
    return lambda weights, x, y: float(loss(weights, tf.constant(x), tf.constant(y)))


def function_step(loss_of: Any, inputs: Inputs) -> Native:
    """As people write it: a Python loop over batches around a `tf.function` step."""
    tf.random.set_seed(inputs.seed)
    settings = inputs.optimizer
    weights = [tf.Variable(tf.constant(weight)) for weight in inputs.weights]
    optimizer = tf.compat.v1.train.AdamOptimizer(
        settings["learning_rate"], settings["beta_1"], settings["beta_2"], settings["epsilon"]
    )

    evaluate = make_evaluation(loss_of)

    @tf.function
    def step(x, y, fed):
        with tf.GradientTape() as tape:
            loss = loss_of(weights, x, y, Draw(fed))
        gradients = tape.gradient(loss, weights)
        optimizer.apply_gradients(zip(gradients, weights, strict=True))
        return loss

    def run(start: int, stop: int) -> np.ndarray:
        losses = []
        for position in inputs.positions(start, stop):
            rows = inputs.indices[position]
            fed = {name: tf.constant(noise[position]) for name, noise in inputs.noise.items()}
            losses.append(step(inputs.x[rows], inputs.y[rows], fed))
        return tf.stack(losses).numpy()

    return Native(run, lambda x, y: evaluate(weights, x, y))


def xla_loop(loss_of: Any, inputs: Inputs) -> Native:
    """As an expert writes it: the data on the device, one XLA program that loops over steps."""
    rate, beta_1, beta_2, epsilon = (
        inputs.optimizer[name] for name in ("learning_rate", "beta_1", "beta_2", "epsilon")
    )
    x, y = tf.constant(inputs.x), tf.constant(inputs.y)
    weights = [tf.constant(weight) for weight in inputs.weights]
    zeros = [tf.zeros_like(weight) for weight in weights]
    state = (weights, zeros, zeros)
    evaluate = make_evaluation(loss_of)

    def step(state, x, y, k, fed):
        weights, means, squares = state
        draw = Draw(fed, tf.stack([inputs.seed, 2 * k]))
        with tf.GradientTape() as tape:
            tape.watch(weights)
            loss = loss_of(weights, x, y, draw)
        gradients = tape.gradient(loss, weights)
        t = tf.cast(k + 1, tf.float32)
        step_size = rate * tf.sqrt(1 - beta_2**t) / (1 - beta_1**t)
        means = [m + (g - m) * (1 - beta_1) for m, g in zip(means, gradients, strict=True)]
        squares = [s + (g * g - s) * (1 - beta_2) for s, g in zip(squares, gradients, strict=True)]
        weights = [
            w - step_size * m / (tf.sqrt(s) + epsilon)
            for w, m, s in zip(weights, means, squares, strict=True)
        ]
        return (weights, means, squares), loss

    @tf.function(jit_compile=True, autograph=False)
    def steps(state, x, y, rows, first, fed):
        count = rows.shape[0]

        def body(k, state, losses):
            one = {name: noise[k] for name, noise in fed.items()}
            batch = tf.gather(x, rows[k]), tf.gather(y, rows[k])
            state, loss = step(state, *batch, first + k, one)
            return k + 1, state, losses.write(k, loss)

        empty = tf.TensorArray(tf.float32, count, element_shape=())
        _, state, losses = tf.while_loop(lambda k, *_: k < count, body, (0, state, empty))
        return state, losses.stack()

    def run(start: int, stop: int) -> np.ndarray:
        nonlocal state
        losses = []
        for first in range(start, stop, inputs.steps_per_call):
            positions = inputs.positions(first, min(first + inputs.steps_per_call, stop))
            fed = {name: tf.constant(noise[positions]) for name, noise in inputs.noise.items()}
            rows = tf.constant(inputs.indices[positions])
            state, loss = steps(state, x, y, rows, tf.constant(first), fed)
            losses.append(loss)
        return np.concatenate([loss.numpy() for loss in losses])

    return Native(run, lambda x, y: evaluate(state[0], x, y))


def contenders(loss_of: Any) -> dict[str, dict[str, Callable[[Inputs], Native]]]:
    """Both forms of a loop around `loss_of(weights, x, y, draw) -> scalar`."""
    return {
        "people's": {"tf.function, a step": lambda inputs: function_step(loss_of, inputs)},
        "expert's": {"XLA loop, all steps": lambda inputs: xla_loop(loss_of, inputs)},
    }
