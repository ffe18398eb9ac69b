"""TensorFlow: state stays in the Keras variables, and many steps are one XLA while loop."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from triceras.data.batch import Batch
from triceras.engines import tensorflow_threefry
from triceras.engines.chunk import Chunk
from triceras.engines.contract import Data, Gradients, Logs
from triceras.engines.engine import Engine
from triceras.engines.errors import telling_tracing_errors
from triceras.engines.metric_results import metric_results
from triceras.engines.objective import Objective
from triceras.engines.optimizer_variables import stepping
from triceras.engines.projected_lstm import projected_at_once
from triceras.engines.state import keep, other_variables, restore
from triceras.engines.step import take
from triceras.engines.tensorflow_activations import short_gradients
from triceras.engines.tensorflow_convolutions import convolves, noting_convolutions
from triceras.engines.tensorflow_devices import devices, needing_compilation, share_out
from triceras.engines.tensorflow_draws import drawing_by, random_bits
from triceras.engines.tensorflow_normalization import one_kernel
from triceras.engines.tensorflow_optimizers import averages_leaving, mend, untrained
from triceras.engines.tensorflow_rows import gathered, rows, shapes_of_rows
from triceras.engines.tensorflow_values import loss_of
from triceras.engines.tensorflow_xla import XLA_ERRORS, leaving_xla

# What TensorFlow raises when Python code asks for the value of a tensor that is being traced, and
# when XLA has no code for an operation; with a part of the message where the type says too little.
TRACING_ERRORS = (
    *XLA_ERRORS,
    (tf.errors.OperatorNotAllowedInGraphError, ""),
    (NotImplementedError, "symbolic tf.Tensor"),
    (NotImplementedError, "numpy() is only available when eager execution is enabled"),
    (TypeError, "SymbolicTensor"),
    (AttributeError, "SymbolicTensor"),
)

# Before anything is built, as initial weights are drawn too.
tensorflow_threefry.install()


class TensorFlowEngine(Engine):
    """Trains on TensorFlow; see `Contract` and `Engine`."""

    tracing_errors = TRACING_ERRORS

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        for objective in self.objectives:
            mend(objective.optimizer)
        # Keras knows layers that XLA cannot compile, or compiles to something else: a cut whose
        # place is drawn, for one.
        self.tests_in_xla = all(layer.supports_jit for layer in self.model._flatten_layers())
        self.forget_programs()
        self.in_xla: bool | None = None if self.tests_in_xla else False

    # One step.

    def train_step(self, parts: Data, key: Any) -> tuple[Logs, Logs]:
        batch = self.batch.for_training(parts, key)
        losses: Logs = {}
        for objective in self.objectives:
            gradients, losses[objective.name] = self.differentiate(objective, batch)
            optimizer, trained = objective.optimizer, objective.variables
            watched = stepping(optimizer, trained, self.compile)
            with averages_leaving(untrained(objective)), watched:
                optimizer.apply(gradients, trained)
        return losses, metric_results(self.model, self.compile)

    def differentiate(self, objective: Objective, batch: Batch) -> tuple[Any, Any]:
        """The gradients of a loss, or what a step of the user's own makes of them, and the loss."""
        if self.step is None:
            return gradients_of(objective, batch)
        others = other_variables(self.model, [objective])
        weights, before = copies(objective.variables), copies(others)

        def evaluate(at: list[Any]) -> tuple[list[Any], Any, Any]:
            restore(zip([*others, *objective.variables], [*before, *at], strict=True))
            gradients, loss = gradients_of(objective, batch)
            gradients = [tf.convert_to_tensor(gradient) for gradient in gradients]
            return gradients, loss, (copies(others), copies(objective.variables))

        gradients, first = take(self.step, weights, evaluate, self.compile)
        after, trained = first.state
        trained = weights if first.elsewhere else trained
        restore(zip([*others, *objective.variables], [*after, *trained], strict=True))
        return gradients, first.loss

    def test_step(self, parts: Data) -> None:
        batch = self.batch.for_testing(parts)
        for objective in self.objectives:
            loss_of(objective, batch, False)

    # Many steps in one program.

    def loop_over_train_steps(self, data: Data, indices, keys, steps):
        losses = {objective.name: tf.zeros(()) for objective in self.objectives}
        # XLA asks for the static size; only the first `steps` entries are written.
        empty = tf.nest.map_structure(
            lambda a: tf.TensorArray(a.dtype, size=indices.shape[0], element_shape=a.shape),
            (losses, metric_results(self.model, self.compile)),
        )

        shapes = shapes_of_rows(data, indices.shape[1])

        def body(k, logs):
            step = self.shared_steps.get(shapes, self.train_step)
            step = step(gathered(data, indices[k]), keys[k])
            return k + 1, tf.nest.map_structure(
                lambda array, a: array.write(k, tf.cast(a, array.dtype)), logs, step
            )

        _, logs = tf.while_loop(lambda k, _: k < steps, body, (0, empty))
        return tf.nest.map_structure(lambda array: array.stack(), logs)

    def loop_inside_xla(self, data: Data, indices, keys, steps):
        with projected_at_once():
            return self.loop_over_train_steps(data, indices, keys, steps)

    def loop_outside_xla(self, data: Data, indices, keys, steps):
        with ExitStack() as stack:
            stack.enter_context(drawing_by(random_bits))
            if device() == "cpu":
                stack.enter_context(one_kernel())
                stack.enter_context(short_gradients())
            return self.loop_over_train_steps(data, indices, keys, steps)

    def loop_over_test_steps(self, data: Data, starts, batch_size: int):
        def body(k):
            self.test_step(rows(data, starts[k], batch_size))
            return (k + 1,)

        tf.while_loop(lambda k: k < starts.shape[0], body, (0,))
        return metric_results(self.model, self.compile)

    # The contract.

    def look_forward(self, *batch: Any) -> None:
        with noting_convolutions() as found:
            super().look_forward(*batch)
        if found and device() == "cpu":
            # What `train_compiled` would find out of a program that it does not use then.
            self.in_xla = False

    def put(self, parts: Mapping[str, np.ndarray], lasting: bool = False) -> Data:
        return {name: tf.constant(array) for name, array in parts.items()}

    def load_state(self) -> None:
        pass

    def save_state(self) -> None:
        pass

    def forget_programs(self) -> None:
        # By the shapes of a batch.
        self.shared_steps: dict[Any, Any] = {}
        self.train_program = tf.function(self.loop_outside_xla, autograph=False)
        self.train_program_in_xla = tf.function(
            self.loop_inside_xla, autograph=False, jit_compile=True
        )
        self.test_program = tf.function(
            self.loop_over_test_steps, autograph=False, jit_compile=self.tests_in_xla
        )

    def train_compiled(self, data: Data, chunk: Chunk) -> tuple[Logs, Logs]:
        full = chunk.padded(self.steps_per_call)
        steps = tf.constant(full.indices), tf.constant(full.keys), tf.constant(len(chunk))
        with telling_tracing_errors(TRACING_ERRORS):
            if devices():
                self.share_steps(data, chunk)
            logs = leaving_xla(self, "in_xla", lambda: self.train_loop(data, *steps))
        losses, metrics = tf.nest.map_structure(
            lambda a: np.asarray(a[: len(chunk)], "float32"), logs
        )
        return losses, metrics

    def train_loop(self, data: Data, *steps: Any) -> tuple[Logs, Logs]:
        """Runs the loop over train steps, in XLA where that serves."""
        if self.in_xla is None:
            loop = self.train_program_in_xla.get_concrete_function(data, *steps)
            self.in_xla = not (device() == "cpu" and convolves(loop))
        program = self.train_program_in_xla if self.in_xla else self.train_program
        return program(data, *steps)

    def share_steps(self, data: Data, chunk: Chunk) -> None:
        """Has steps on batches of this size shared by the devices of the run.

        Raises:
            UserError: they cannot be, or the step cannot be compiled.
        """
        self.in_xla = False
        shapes = shapes_of_rows(data, chunk.indices.shape[1])
        if shapes in self.shared_steps:
            return
        parts, key = gathered(data, chunk.indices[0]), tf.constant(chunk.keys[0])
        with needing_compilation(TRACING_ERRORS), drawing_by(random_bits):
            self.shared_steps[shapes] = share_out(self.train_step, parts, key)

    def train_eagerly(self, data: Data, indices: np.ndarray, key: np.ndarray) -> tuple[Logs, Logs]:
        return self.train_step(gathered(data, indices), tf.constant(key))

    def test_compiled(self, data: Data, starts: np.ndarray, batch_size: int) -> Logs:
        with telling_tracing_errors(TRACING_ERRORS):
            places = tf.constant(starts)
            return leaving_xla(
                self,
                "tests_in_xla",
                lambda: self.test_program(data, places, batch_size=batch_size),
            )

    def test_eagerly(self, data: Data, start: int, batch_size: int) -> Logs:
        self.test_step(rows(data, start, batch_size))
        return metric_results(self.model, self.compile)

    def gradients(self, parts: Mapping[str, np.ndarray], key: np.ndarray) -> Gradients:
        batch = self.batch.for_training(self.put(parts), tf.constant(key))
        kept = keep(other_variables(self.model, self.objectives))
        found: Gradients = {}
        for objective in self.objectives:
            with tf.GradientTape() as tape:
                loss = loss_of(objective, batch, True)
            gradients = tape.gradient(
                loss,
                values_of(objective.variables),
                unconnected_gradients=tf.UnconnectedGradients.ZERO,
            )
            found[objective.name] = [tf.convert_to_tensor(a).numpy() for a in gradients]
            restore(kept)
        return found


def gradients_of(objective: Objective, batch: Batch) -> tuple[list[Any], Any]:
    """The gradients of a loss, scaled as the optimizer wants it, and the loss."""
    with tf.GradientTape() as tape:
        loss = loss_of(objective, batch, True)
        scaled_loss = objective.optimizer.scale_loss(loss)
    gradients = tape.gradient(
        scaled_loss,
        values_of(objective.variables),
        unconnected_gradients=tf.UnconnectedGradients.ZERO,
    )
    return gradients, loss


def copies(variables: Sequence[keras.Variable]) -> list[Any]:
    """What variables hold now."""
    return [tf.identity(variable.value) for variable in variables]


def values_of(variables: Sequence[keras.Variable]) -> list[tf.Variable]:
    """TensorFlow's own variables, as it makes no zeros in the place of a gradient by Keras's."""
    return [variable.value for variable in variables]


def input_gradients(function: Callable[[Any], Any], inputs: Any) -> Any:
    """See `triceras.engines.input_gradients`."""
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        outputs = function(inputs)
    # Where the function is linear in some of them, or does not use them, the others have zeros.
    return tape.gradient(outputs, inputs, unconnected_gradients=tf.UnconnectedGradients.ZERO)


def device() -> str:
    """The device that computes, for example `cpu` or `gpu:0`."""
    return "gpu:0" if tf.config.list_physical_devices("GPU") else "cpu"
