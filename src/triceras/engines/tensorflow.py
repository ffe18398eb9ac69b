"""TensorFlow: state stays in the Keras variables, and many steps are one XLA while loop."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from triceras.engines.base import Chunk, Data, Engine, Logs
from triceras.engines.objective import forward


class TensorFlowEngine(Engine):
    """Trains on TensorFlow; see `Engine`."""

    tracing_errors = (
        tf.errors.OperatorNotAllowedInGraphError,
        tf.errors.InvalidArgumentError,
        tf.errors.UnimplementedError,
    )

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        program = tf.function(jit_compile=True, autograph=False)
        self.train_program = program(self.loop_over_train_steps)
        self.test_program = program(self.loop_over_test_steps)

    # One step.

    def train_step(self, x: Any, y: Any, key: Any) -> tuple[Logs, Logs]:
        inputs, targets = self.batch.for_training(x, y, key)
        losses: Logs = {}
        for objective in self.objectives:
            with tf.GradientTape() as tape:
                loss = objective.compute_loss(inputs, targets)
                scaled_loss = objective.optimizer.scale_loss(loss)
            gradients = tape.gradient(scaled_loss, objective.variables)
            objective.optimizer.apply(gradients, objective.variables)
            losses[objective.name] = loss
        return losses, self.model.get_metrics_result()

    def test_step(self, x: Any, y: Any) -> None:
        inputs, targets = self.batch.for_testing(x, y)
        forward(self.model, inputs, targets, training=False)

    # Many steps in one program.

    def loop_over_train_steps(self, x, y, indices, keys, steps):
        # XLA asks for the static size; only the first `steps` entries are written.
        empty = tf.nest.map_structure(
            lambda a: tf.TensorArray(a.dtype, size=len(indices), element_shape=a.shape),
            self.structure,
        )

        def body(k, logs):
            rows = indices[k]
            step = self.train_step(tf.gather(x, rows), tf.gather(y, rows), keys[k])
            return k + 1, tf.nest.map_structure(lambda array, a: array.write(k, a), logs, step)

        _, logs = tf.while_loop(lambda k, _: k < steps, body, (0, empty))
        return tf.nest.map_structure(lambda array: array.stack(), logs)

    def loop_over_test_steps(self, x, y, starts, batch_size: int):
        def body(k):
            self.test_step(rows(x, starts[k], batch_size), rows(y, starts[k], batch_size))
            return (k + 1,)

        tf.while_loop(lambda k: k < len(starts), body, (0,))
        return self.model.get_metrics_result()

    # The contract.

    def put(self, x: np.ndarray, y: np.ndarray) -> Data:
        return tf.constant(x), tf.constant(y)

    def load_state(self) -> None:
        losses = {objective.name: tf.zeros(()) for objective in self.objectives}
        self.structure = losses, self.model.get_metrics_result()

    def save_state(self) -> None:
        pass

    def run_compiled(self, data: Data, chunk: Chunk) -> tuple[Logs, Logs]:
        full = chunk.padded(self.steps_per_call)
        logs = self.train_program(
            *data, tf.constant(full.indices), tf.constant(full.keys), tf.constant(len(chunk))
        )
        losses, metrics = tf.nest.map_structure(lambda a: a.numpy()[: len(chunk)], logs)
        return losses, metrics

    def run_eagerly(self, data: Data, indices: np.ndarray, key: np.ndarray) -> tuple[Logs, Logs]:
        x, y = (tf.gather(a, indices) for a in data)
        return self.train_step(x, y, tf.constant(key))

    def test_steps(self, data: Data, starts: np.ndarray, batch_size: int) -> Logs:
        if self.compile:
            return self.test_program(*data, tf.constant(starts), batch_size=batch_size)
        for start in starts:
            self.test_step(*(rows(a, start, batch_size) for a in data))
        return self.model.get_metrics_result()


def rows(array, start, size: int):
    # `array[start:start + size]` has no static length for XLA.
    zeros = [0] * (len(array.shape) - 1)
    return tf.slice(array, [start, *zeros], [size, *array.shape[1:]])


def train_step(model: keras.Model, data: Any) -> Logs:
    """`Model.train_step` for `fit` on TensorFlow, to be changed by who needs another step.

    Reference:
        [Customizing what happens in `fit()` with TensorFlow](
        https://keras.io/guides/custom_train_step_in_tensorflow/)
    """
    x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
    with tf.GradientTape() as tape:
        y_pred = model(x, training=True)
        loss = model.compute_loss(x, y, y_pred, sample_weight, training=True)
        scaled_loss = model.optimizer.scale_loss(loss)
    gradients = tape.gradient(scaled_loss, model.trainable_variables)
    model.optimizer.apply(gradients, model.trainable_variables)
    for metric in model.metrics:
        if metric.name == "loss":
            metric.update_state(loss, sample_weight=tf.shape(x)[0])
    return model.compute_metrics(x, y, y_pred, sample_weight)
