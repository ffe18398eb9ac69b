"""Training loops in TensorFlow, as people write them and as an expert would."""

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from benchmarks.draws.tensorflow import Draw
from benchmarks.optimizers.tensorflow import adam, decay, dense, rate_after
from benchmarks.task import Objective, Task, minimize, replaced
from triceras.benchmark.inputs import Inputs
from triceras.benchmark.native import Native

Maker = Callable[[Inputs], Native]

# More than any step draws, so that no two draws have one seed.
DRAWS = 16


def make_evaluation(task: Task) -> Callable[..., float]:
    """The losses of weights on a batch, together, outside of training."""

    @tf.function
    def evaluate(weights, averages, x, y):
        draw = Draw({}, training=False)
        return sum(o.loss(weights, averages, x, y, draw)[0] for o in task.objectives)

    return lambda weights, averages, x, y: float(
        evaluate(weights, averages, tf.constant(x), tf.constant(y))
    )


def function_step(task: Task) -> Maker:
    """As people write it: a Python loop over batches around a `tf.function` step."""

    def make(inputs: Inputs) -> Native:
        tf.random.set_seed(inputs.seed)
        weights, averages = variables(task, inputs)
        evaluate = make_evaluation(task)
        steps = tf.Variable(tf.constant(0))
        optimizers = [
            tf.compat.v1.train.AdamOptimizer(
                lambda settings=settings: rate_after(settings, steps),
                settings["beta_1"],
                settings["beta_2"],
                settings["epsilon"],
            )
            for settings in inputs.optimizers
        ]

        @tf.function
        def step(x, y, fed):
            draw, total = Draw(fed), 0.0
            for objective, optimizer, settings in zip(
                task.objectives, optimizers, inputs.optimizers, strict=True
            ):
                own = weights[objective.trains]
                loss, gradients = differentiated(objective, weights, averages, x, y, draw)
                decay(own, settings, steps)
                optimizer.apply_gradients(zip(gradients, own, strict=True))
                total += loss
            steps.assign_add(1)
            return total

        def run(start: int, stop: int) -> np.ndarray:
            losses = []
            for position in inputs.positions(start, stop):
                rows = inputs.indices[position]
                fed = {name: tf.constant(noise[position]) for name, noise in inputs.noise.items()}
                losses.append(step(inputs.x[rows], inputs.y[rows], fed))
            return tf.stack(losses).numpy()

        return Native(run, lambda x, y: evaluate(weights, averages, x, y))

    return make


def variables(task: Task, inputs: Inputs) -> tuple[list[tf.Variable], list[tf.Variable]]:
    """The weights and the moving averages that a task begins with."""
    weights = [tf.Variable(tf.constant(weight)) for weight in task.layout(inputs.weights)]
    averages = [
        tf.Variable(tf.constant(average), trainable=False)
        for average in task.averages(inputs.weights)
    ]
    return weights, averages


def differentiated(
    objective: Objective, weights: list[Any], averages: list[Any], x: Any, y: Any, draw: Draw
) -> tuple[Any, Any]:
    """The loss of an objective and its gradients; moves the averages."""
    with tf.GradientTape() as tape:
        loss, moved = objective.loss(weights, averages, x, y, draw)
    for average, value in zip(averages, moved, strict=True):
        if value is not average:
            average.assign(value)
    return loss, tape.gradient(loss, weights[objective.trains])


def graph_loop(task: Task) -> Maker:
    """As an expert writes it where XLA is slow within a loop, as it is with convolutions on a CPU.

    The data on the device, TensorFlow's own kernels, one program that loops over steps.
    """

    def make(inputs: Inputs) -> Native:
        tf.random.set_seed(inputs.seed)
        x, y = tf.constant(inputs.x), tf.constant(inputs.y)
        weights, averages = variables(task, inputs)
        evaluate = make_evaluation(task)
        means, squares = ([tf.Variable(tf.zeros_like(w)) for w in weights] for _ in range(2))
        done = tf.Variable(tf.constant(0))

        def step(x, y, fed):
            draw, total = Draw(fed), 0.0
            t = tf.cast(done + 1, tf.float32)
            for objective, settings in zip(task.objectives, inputs.optimizers, strict=True):
                own = objective.trains
                loss, gradients = differentiated(objective, weights, averages, x, y, draw)
                decay(weights[own], settings, done)
                moved = weights[own], means[own], squares[own], dense(gradients)
                for w, m, s, g in zip(*moved, strict=True):
                    tf.raw_ops.ResourceApplyAdam(
                        var=w.handle,
                        m=m.handle,
                        v=s.handle,
                        beta1_power=settings["beta_1"] ** t,
                        beta2_power=settings["beta_2"] ** t,
                        lr=rate_after(settings, done),
                        beta1=settings["beta_1"],
                        beta2=settings["beta_2"],
                        epsilon=settings["epsilon"],
                        grad=g,
                    )
                total += loss
            done.assign_add(1)
            return total

        @tf.function(autograph=False)
        def steps(rows, fed):
            count = rows.shape[0]

            def body(k, losses):
                one = {name: noise[k] for name, noise in fed.items()}
                loss = step(tf.gather(x, rows[k]), tf.gather(y, rows[k]), one)
                return k + 1, losses.write(k, loss)

            empty = tf.TensorArray(tf.float32, count, element_shape=())
            _, losses = tf.while_loop(lambda k, _: k < count, body, (0, empty))
            return losses.stack()

        def run(start: int, stop: int) -> np.ndarray:
            losses = []
            for first in range(start, stop, inputs.steps_per_call):
                positions = inputs.positions(first, min(first + inputs.steps_per_call, stop))
                fed = {name: tf.constant(noise[positions]) for name, noise in inputs.noise.items()}
                losses.append(steps(tf.constant(inputs.indices[positions]), fed))
            return np.concatenate([loss.numpy() for loss in losses])

        return Native(run, lambda x, y: evaluate(weights, averages, x, y))

    return make


def xla_loop(task: Task) -> Maker:
    """As an expert writes it: the data on the device, one XLA program that loops over steps."""

    def make(inputs: Inputs) -> Native:
        x, y = tf.constant(inputs.x), tf.constant(inputs.y)
        weights = [tf.constant(weight) for weight in task.layout(inputs.weights)]
        averages = [tf.constant(average) for average in task.averages(inputs.weights)]
        zeros = [tf.zeros_like(weight) for weight in weights]
        state = (weights, averages, zeros, zeros)
        evaluate = make_evaluation(task)

        def step(state, x, y, k, fed):
            weights, averages, means, squares = state
            draw = Draw(fed, tf.stack([inputs.seed, DRAWS * k]))
            total = 0.0
            for objective, settings in zip(task.objectives, inputs.optimizers, strict=True):
                own = objective.trains
                with tf.GradientTape() as tape:
                    tape.watch(weights[own])
                    loss, averages = objective.loss(weights, averages, x, y, draw)
                gradients = dense(tape.gradient(loss, weights[own]))
                moved = adam(settings, k, weights[own], means[own], squares[own], gradients)
                weights, means, squares = (
                    replaced(every, own, new)
                    for every, new in zip((weights, means, squares), moved, strict=True)
                )
                total += loss
            return (weights, averages, means, squares), total

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

        return Native(run, lambda x, y: evaluate(*state[:2], x, y))

    return make


def contenders(loss_of: Any) -> dict[str, dict[str, Maker]]:
    """Both forms of a loop around `loss_of(weights, x, y, draw) -> scalar`."""
    task = minimize(loss_of)
    return {
        "people's": {"tf.function, a step": function_step(task)},
        "expert's": {"XLA loop, all steps": xla_loop(task)},
    }
