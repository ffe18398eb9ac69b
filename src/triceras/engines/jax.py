"""JAX: a step is a pure function of its state, and many steps are one `fori_loop`."""

import contextlib
from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import keras
import numpy as np

from triceras.engines.base import (
    CannotCompileError,
    Chunk,
    Data,
    Engine,
    Gradients,
    Logs,
    state_variables,
    untouched_errors,
)

# What JAX raises when Python code asks for the value of a tensor that is being traced.
TRACING_ERRORS = (
    jax.errors.ConcretizationTypeError,
    jax.errors.NonConcreteBooleanIndexError,
    jax.errors.TracerArrayConversionError,
    jax.errors.TracerIntegerConversionError,
)


class State(NamedTuple):
    """The values of the model's variables, and of each objective's optimizer."""

    model: list[Any]
    optimizers: list[list[Any]]


class JaxEngine(Engine):
    """Trains on JAX; see `Engine`."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.step_program = jax.jit(self.indexed_train_step)
        self.train_program = jax.jit(self.loop_over_train_steps)
        self.test_program = jax.jit(self.loop_over_test_steps, static_argnames="batch_size")
        self.in_loop: bool | None = None

    # One step.

    def train_step(self, state: State, x: Any, y: Any, key: Any) -> tuple[State, Logs, Logs]:
        inputs, targets = self.batch.for_training(x, y, key)
        losses: Logs = {}
        for i, objective in enumerate(self.objectives):

            def loss_of(weights, i=i, objective=objective, state=state):
                with self.scope(self.replace_weights(state, i, weights)) as scope:
                    loss = objective.compute_loss(inputs, targets, True)
                    scaled_loss = objective.optimizer.scale_loss(loss)
                return scaled_loss, (loss, self.values_in(scope))

            gradient = jax.grad(loss_of, has_aux=True)
            gradients, (losses[objective.name], values) = gradient(self.weights(state, i))
            state = state._replace(model=values)
            weights, optimizer = objective.optimizer.stateless_apply(
                state.optimizers[i], gradients, self.weights(state, i)
            )
            optimizers = [*state.optimizers[:i], optimizer, *state.optimizers[i + 1 :]]
            state = self.replace_weights(state._replace(optimizers=optimizers), i, weights)
        return state, losses, self.metrics(state)

    def test_step(self, state: State, x: Any, y: Any) -> State:
        inputs, targets = self.batch.for_testing(x, y)
        with self.scope(state) as scope:
            for objective in self.objectives:
                objective.compute_loss(inputs, targets, False)
        return state._replace(model=self.values_in(scope))

    # The state.

    def scope(self, state: State) -> keras.StatelessScope:
        mapping = list(zip(self.variables, state.model, strict=True))
        for objective, values in zip(self.objectives, state.optimizers, strict=True):
            mapping += zip(objective.optimizer.variables, values, strict=True)
        return keras.StatelessScope(state_mapping=mapping, collect_losses=True)

    def values_in(self, scope: keras.StatelessScope) -> list[Any]:
        return [jnp.asarray(scope.get_current_value(v), v.dtype) for v in self.variables]

    def metrics(self, state: State) -> Logs:
        with self.scope(state):
            return self.model.get_metrics_result()

    def weights(self, state: State, i: int) -> list[Any]:
        return [state.model[position] for position in self.positions[i]]

    def replace_weights(self, state: State, i: int, weights: list[Any]) -> State:
        new = dict(zip(self.positions[i], weights, strict=True))
        return state._replace(model=[new.get(p, a) for p, a in enumerate(state.model)])

    # Many steps in one program.

    def indexed_train_step(self, state: State, x, y, rows, key):
        return self.train_step(state, x[rows], y[rows], key)

    def loop_over_train_steps(self, state: State, x, y, indices, keys, steps):
        def body(k, carry):
            state, logs = carry
            # The jitted step, because it is traced already.
            state, *step_logs = self.step_program(state, x, y, indices[k], keys[k])
            return state, jax.tree.map(lambda a, b: a.at[k].set(b), logs, tuple(step_logs))

        step = jax.eval_shape(self.step_program, state, x, y, indices[0], keys[0])
        empty = jax.tree.map(lambda a: jnp.zeros((len(indices), *a.shape), a.dtype), step[1:])
        return jax.lax.fori_loop(0, steps, body, (state, empty))

    def loop_over_test_steps(self, state: State, x, y, starts, batch_size: int):
        def body(k, state):
            return self.test_step(
                state,
                jax.lax.dynamic_slice_in_dim(x, starts[k], batch_size),
                jax.lax.dynamic_slice_in_dim(y, starts[k], batch_size),
            )

        state = jax.lax.fori_loop(0, len(starts), body, state)
        return state, self.metrics(state)

    # The contract.

    def try_forward(self, *batch: np.ndarray) -> None:
        if self.compile:
            # Eagerly, JAX would compile each operation by itself, for seconds. What fails here is
            # run eagerly all the same, for the words of Keras.
            values = [(v, v.value) for v in state_variables(self.model, self.objectives)]
            scope = keras.StatelessScope(state_mapping=values, collect_losses=True)
            with contextlib.suppress(Exception), untouched_errors(), scope:
                jax.eval_shape(self.forward, *batch)
                return
        super().try_forward(*batch)

    def put(self, x: np.ndarray, y: np.ndarray) -> Data:
        return jax.device_put(x), jax.device_put(y)

    def load_state(self) -> None:
        self.variables = state_variables(self.model, self.objectives)
        position = {id(v): p for p, v in enumerate(self.variables)}
        self.positions = [[position[id(v)] for v in o.variables] for o in self.objectives]
        self.state = State(
            [v.value for v in self.variables],
            [[v.value for v in objective.optimizer.variables] for objective in self.objectives],
        )

    def save_state(self) -> None:
        assign(self.variables, self.state.model)
        for objective, values in zip(self.objectives, self.state.optimizers, strict=True):
            assign(objective.optimizer.variables, values)

    def train_compiled(self, data: Data, chunk: Chunk) -> tuple[Logs, Logs]:
        try:
            if self.in_loop is None:
                step = self.step_program.lower(self.state, *data, chunk.indices[0], chunk.keys[0])
                self.in_loop = not (device() == "cpu" and convolves(step))
            return self.loop_in_xla(data, chunk) if self.in_loop else self.loop_here(data, chunk)
        except TRACING_ERRORS as error:
            raise CannotCompileError(str(error)) from error

    def loop_in_xla(self, data: Data, chunk: Chunk) -> tuple[Logs, Logs]:
        full = chunk.padded(self.steps_per_call)
        self.state, logs = self.train_program(
            self.state, *data, full.indices, full.keys, len(chunk)
        )
        losses, metrics = jax.tree.map(
            lambda a: np.asarray(a[: len(chunk)], "float32"), jax.device_get(logs)
        )
        return losses, metrics

    def loop_here(self, data: Data, chunk: Chunk) -> tuple[Logs, Logs]:
        steps = []
        for rows, key in zip(chunk.indices, chunk.keys, strict=True):
            self.state, *logs = self.step_program(self.state, *data, rows, key)
            steps.append(logs)
        losses, metrics = jax.tree.map(
            lambda *a: np.asarray(np.stack(a), "float32"), *jax.device_get(steps)
        )
        return losses, metrics

    def train_eagerly(self, data: Data, indices: np.ndarray, key: np.ndarray) -> tuple[Logs, Logs]:
        x, y = (a[indices] for a in data)
        self.state, losses, metrics = self.train_step(self.state, x, y, jnp.asarray(key))
        return losses, metrics

    def test_compiled(self, data: Data, starts: np.ndarray, batch_size: int) -> Logs:
        try:
            self.state, metrics = self.test_program(
                self.state, *data, starts, batch_size=batch_size
            )
        except TRACING_ERRORS as error:
            raise CannotCompileError(str(error)) from error
        return metrics

    def test_eagerly(self, data: Data, start: int, batch_size: int) -> Logs:
        x, y = (a[start : start + batch_size] for a in data)
        self.state = self.test_step(self.state, x, y)
        return self.metrics(self.state)

    def gradients(self, x: np.ndarray, y: np.ndarray, key: np.ndarray) -> Gradients:
        inputs, targets = self.batch.for_training(*(jnp.asarray(a) for a in (x, y, key)))
        found: Gradients = {}
        for i, objective in enumerate(self.objectives):

            def loss_of(weights, i=i, objective=objective):
                with self.scope(self.replace_weights(self.state, i, weights)):
                    return objective.compute_loss(inputs, targets, True)

            # Eagerly, JAX would compile each operation by itself, for seconds.
            gradient = jax.jit(jax.grad(loss_of)) if self.compile else jax.grad(loss_of)
            gradients = gradient(self.weights(self.state, i))
            found[objective.name] = [np.asarray(a) for a in gradients]
        return found


def convolves(step: jax.stages.Lowered) -> bool:
    """Whether a step convolves: on a CPU it is then 5 to 40 times slower in a loop of XLA's.

    XLA hands a convolution to Eigen only where its dimensions are in one certain order. It brings
    those of the gradient of a kernel into that order in the main computation of a program, and
    not in the body of a loop.
    """
    return "stablehlo.convolution" in step.as_text()


def assign(variables: Sequence[keras.Variable], values: Sequence[Any]) -> None:
    """Gives Keras variables new values."""
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)


def device() -> str:
    """The device that computes, for example `cpu` or `gpu:0`."""
    found = jax.devices()[0]
    return found.platform if found.platform == "cpu" else f"{found.platform}:{found.id}"


def train_step(model: keras.Model, state: Any, data: Any) -> tuple[Logs, Any]:
    """`Model.train_step` for `fit` on JAX, to be changed by who needs another step.

    Reference:
        [Customizing what happens in `fit()` with JAX](
        https://keras.io/guides/custom_train_step_in_jax/)
    """
    trainable, non_trainable, optimizer, metrics = state
    x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
    compute_gradients = jax.value_and_grad(model.compute_loss_and_updates, has_aux=True)
    (_, (loss, y_pred, non_trainable, metrics)), gradients = compute_gradients(
        trainable,
        non_trainable,
        metrics,
        x,
        y,
        sample_weight,
        training=True,
        optimizer_variables=optimizer,
    )
    trainable, optimizer = model.optimizer.stateless_apply(optimizer, gradients, trainable)
    mapping = list(zip(model.metrics_variables, metrics, strict=True))
    with keras.StatelessScope(state_mapping=mapping) as scope:
        for metric in model.metrics:
            if metric.name == "loss":
                metric.update_state(loss, sample_weight=x.shape[0])
        logs = model.compute_metrics(x, y, y_pred, sample_weight)
    metrics = [scope.get_current_value(v) for v in model.metrics_variables]
    return logs, (trainable, non_trainable, optimizer, metrics)
