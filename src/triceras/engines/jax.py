"""JAX: a step is a pure function of its state, and many steps are one `fori_loop`."""

import functools
from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import keras
import numpy as np

from triceras.engines import jax_contexts, jax_threefry
from triceras.engines.chunk import Chunk
from triceras.engines.contract import Data, Gradients, Logs
from triceras.engines.errors import telling_tracing_errors
from triceras.engines.jax_devices import apart, everywhere, put, settled
from triceras.engines.stateless import State, StatelessEngine, moved

# What JAX raises when Python code asks for the value of a tensor that is being traced.
TRACING_ERRORS = (
    (jax.errors.ConcretizationTypeError, ""),
    (jax.errors.NonConcreteBooleanIndexError, ""),
    (jax.errors.TracerArrayConversionError, ""),
    (jax.errors.TracerIntegerConversionError, ""),
    (IndexError, "must be static integers"),
)

# Before anything is built, as initial weights are drawn too.
jax_threefry.install()
jax_contexts.share()


class JaxEngine(StatelessEngine):
    """Trains on JAX; see `Contract` and `Engine`."""

    tracing_errors = TRACING_ERRORS

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.forget_programs()
        self.in_loop: bool | None = None

    # One step.

    def train_step(self, state: State, parts: Data, key: Any) -> tuple[State, Logs, Logs]:
        batch = self.batch.for_training(parts, key)
        losses: Logs = {}
        for i, objective in enumerate(self.objectives):

            def loss_of(weights, i=i, objective=objective, state=state):
                with self.scope(self.replace_weights(state, i, weights)) as scope:
                    loss = objective.loss(batch, True)
                    scaled_loss = objective.optimizer.scale_loss(loss)
                return scaled_loss, (loss, self.values_in(scope))

            gradient = jax.grad(loss_of, has_aux=True)
            gradients, (losses[objective.name], values) = self.differentiate(gradient, state, i)
            state = state._replace(model=values)
            with self.around_optimizers(state):
                weights, optimizer = moved(
                    objective, state.optimizers[i], gradients, self.weights(state, i)
                )
            state = self.replace_optimizer(state, i, optimizer)
            state = self.replace_weights(state, i, weights)
        return state, losses, self.metrics(state)

    def test_step(self, state: State, parts: Data) -> State:
        batch = self.batch.for_testing(parts)
        with self.scope(state) as scope:
            for objective in self.objectives:
                objective.loss(batch, False)
        return state._replace(model=self.values_in(scope))

    def values_in(self, scope: keras.StatelessScope) -> list[Any]:
        return [jnp.asarray(scope.get_current_value(v), v.dtype) for v in self.variables]

    # Many steps in one program.

    def indexed_train_step(self, state: State, data: Data, rows, key):
        parts = apart({name: a[rows] for name, a in data.items()})
        state, *logs = self.train_step(state, parts, key)
        return everywhere(state), *logs

    def loop_over_train_steps(self, state: State, data: Data, indices, keys, steps):
        def body(k, carry):
            state, logs = carry
            # The jitted step, because it is traced already.
            state, *step_logs = self.step_program(state, data, indices[k], keys[k])
            return state, jax.tree.map(lambda a, b: a.at[k].set(b), logs, tuple(step_logs))

        step = jax.eval_shape(self.step_program, state, data, indices[0], keys[0])
        empty = jax.tree.map(lambda a: jnp.zeros((len(indices), *a.shape), a.dtype), step[1:])
        return jax.lax.fori_loop(0, steps, body, (state, empty))

    def loop_over_test_steps(self, state: State, data: Data, starts, batch_size: int):
        def body(k, state):
            rows = jax.tree.map(
                lambda a: jax.lax.dynamic_slice_in_dim(a, starts[k], batch_size), data
            )
            return everywhere(self.test_step(state, apart(rows)))

        state = jax.lax.fori_loop(0, len(starts), body, state)
        return state, self.metrics(state)

    # The contract.

    @staticmethod
    def look(function: Callable[..., Any], *arguments: Any) -> None:
        # Eagerly, JAX would compile each operation by itself, for seconds. It looks at the same
        # function but once.
        jax.eval_shape(functools.partial(function), *arguments)

    def put(self, parts: Mapping[str, np.ndarray], lasting: bool = False) -> Data:
        return put(dict(parts))

    def load_state(self) -> None:
        self.state = self.read_state(lambda variable: variable.value)

    def save_state(self) -> None:
        self.write_state(self.state)

    def forget_programs(self) -> None:
        # JAX would take the trace of the same method of the same object for what it still does.
        self.step_program = jax.jit(functools.partial(self.indexed_train_step))
        self.train_program = jax.jit(functools.partial(self.loop_over_train_steps))
        self.test_program = jax.jit(
            functools.partial(self.loop_over_test_steps), static_argnames="batch_size"
        )

    def train_compiled(self, data: Data, chunk: Chunk) -> tuple[Logs, Logs]:
        with telling_tracing_errors(TRACING_ERRORS):
            if self.in_loop is None:
                step = self.step_program.trace(self.state, data, chunk.indices[0], chunk.keys[0])
                self.in_loop = not (device() == "cpu" and convolves(step.jaxpr))
            return self.loop_in_xla(data, chunk) if self.in_loop else self.loop_here(data, chunk)

    def loop_in_xla(self, data: Data, chunk: Chunk) -> tuple[Logs, Logs]:
        full = chunk.padded(self.steps_per_call)
        self.state, logs = self.train_program(self.state, data, full.indices, full.keys, len(chunk))
        losses, metrics = jax.tree.map(
            lambda a: np.asarray(a[: len(chunk)], "float32"), jax.device_get(logs)
        )
        return losses, metrics

    def loop_here(self, data: Data, chunk: Chunk) -> tuple[Logs, Logs]:
        steps = []
        for rows, key in zip(chunk.indices, chunk.keys, strict=True):
            self.state, *logs = settled(self.step_program(self.state, data, rows, key))
            steps.append(logs)
        losses, metrics = jax.tree.map(
            lambda *a: np.asarray(np.stack(a), "float32"), *jax.device_get(steps)
        )
        return losses, metrics

    def train_eagerly(self, data: Data, indices: np.ndarray, key: np.ndarray) -> tuple[Logs, Logs]:
        self.state, losses, metrics = self.indexed_train_step(
            self.state, data, indices, jnp.asarray(key)
        )
        return losses, metrics

    def test_compiled(self, data: Data, starts: np.ndarray, batch_size: int) -> Logs:
        with telling_tracing_errors(TRACING_ERRORS):
            self.state, metrics = self.test_program(self.state, data, starts, batch_size=batch_size)
        return metrics

    def test_eagerly(self, data: Data, start: int, batch_size: int) -> Logs:
        rows = {name: a[start : start + batch_size] for name, a in data.items()}
        self.state = self.test_step(self.state, rows)
        return self.metrics(self.state)

    def gradients(self, parts: Mapping[str, np.ndarray], key: np.ndarray) -> Gradients:
        tensors = jax.tree.map(jnp.asarray, dict(parts))
        batch = self.batch.for_training(tensors, jnp.asarray(key))
        found: Gradients = {}
        for i, objective in enumerate(self.objectives):

            def loss_of(weights, i=i, objective=objective):
                with self.scope(self.replace_weights(self.state, i, weights)):
                    return objective.loss(batch, True)

            # Eagerly, JAX would compile each operation by itself, for seconds.
            gradient = jax.jit(jax.grad(loss_of)) if self.compile else jax.grad(loss_of)
            gradients = gradient(self.weights(self.state, i))
            found[objective.name] = [np.asarray(a) for a in gradients]
        return found


def convolves(step: Any) -> bool:
    """Whether a step convolves: on a CPU it is then 5 to 40 times slower in a loop of XLA's.

    XLA hands a convolution to Eigen only where its dimensions are in one certain order. It brings
    those of the gradient of a kernel into that order in the main computation of a program, and
    not in the body of a loop.

    Args:
        step: operations, as JAX traced them.
    """
    return any(
        operation.primitive.name == "conv_general_dilated"
        or any(convolves(inner) for inner in jax.tree.leaves(operation.params) if is_traced(inner))
        for operation in step.eqns
    )


def is_traced(parameter: Any) -> bool:
    """Whether what an operation is given are operations, as of a branch or of a loop."""
    return hasattr(parameter, "eqns")


def input_gradients(function: Callable[[Any], Any], inputs: Any) -> Any:
    """See `triceras.engines.input_gradients`."""
    return jax.grad(lambda x: function(x).sum())(inputs)


def device() -> str:
    """The device that computes, for example `cpu` or `gpu:0`."""
    found = jax.devices()[0]
    return found.platform if found.platform == "cpu" else f"{found.platform}:{found.id}"
