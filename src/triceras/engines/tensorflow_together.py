"""Several runs in one program of TensorFlow, by `vectorized_map`."""

import functools
import logging
import re
from collections.abc import Callable
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf

from triceras.engines.contract import Data, Logs
from triceras.engines.errors import telling_tracing_errors
from triceras.engines.stateless import State, StatelessEngine, moved
from triceras.engines.tensorflow import TRACING_ERRORS, TensorFlowEngine, device
from triceras.engines.tensorflow_convolutions import convolves
from triceras.engines.tensorflow_rows import gathered
from triceras.engines.tensorflow_stateless import stateless_optimizers
from triceras.engines.together import Flat, Step, Together, fingerprint
from triceras.engines.together_engine import TogetherEngine
from triceras.errors import UserError
from triceras.patching import silent_below

# What TensorFlow numbers as it goes, and is no part of what is computed.
NUMBER = re.compile(
    r"(Call-|CustomGradient-|While-|If-|while_cond_|while_body_|cond_true_|cond_false_)\d+"
)
NAMED = re.compile(r'name: "([^"]+)"')


class Traced(NamedTuple):
    """A step as TensorFlow has it, and whether XLA is to compile it."""

    program: Any
    in_xla: bool


class TensorFlowTogether(Together):
    """See `Together`."""

    def stack(self, lists: list[list[Any]]) -> list[Any]:
        return stacked(lists)

    def lane(self, stack: list[Any], place: int) -> list[Any]:
        return [array[place] for array in stack]

    def step(self, engine: Any, function: Callable[..., Any], example: tuple[Any, ...]) -> Step:
        flat = Flat(function, example)
        given = [tf.TensorSpec(a.shape, a.dtype) for a in keras.tree.flatten(example)]
        # What is looked at in the first forward pass, as one run alone does.
        in_xla = engine.in_xla is not False
        with telling_tracing_errors(TRACING_ERRORS):
            # XLA wants loops to say while they are traced how often they go round.
            compiled = tf.function(flat, autograph=False, jit_compile=in_xla)
            program = compiled.get_concrete_function(*given)
        held = [tensor for tensor in program.captured_inputs if tensor.dtype == tf.resource]
        if held:
            raise UserError(
                "the step uses a variable or a table of TensorFlow's that is none of Keras's, so "
                "that several seeds would share it: leave seeds_in_parallel out"
            )
        in_xla = in_xla and not (device() == "cpu" and convolves(program))
        constants = (np.asarray(tensor) for tensor in program.captured_inputs)
        return Step(fingerprint(text_of(program), constants), Traced(program, in_xla), flat.logs)

    def program(
        self, step: Step, state: list[Any], data: list[Any], each: list[np.ndarray], shared: bool
    ) -> Callable[..., tuple[list[Any], list[np.ndarray]]]:
        program, in_xla = step.function
        count, runs = len(state), len(state[0])

        def vectorised(one: Callable[..., Any], own: Any) -> list[Any]:
            return tf.vectorized_map(one, own, fallback_to_while_loop=False, warn=False)

        def side_by_side(one: Callable[..., Any], own: Any) -> list[Any]:
            each_run = [one(tf.nest.map_structure(lambda a, i=i: a[i], own)) for i in range(runs)]
            return [tf.stack(results) for results in zip(*each_run, strict=True)]

        def loop(taking: Callable[..., Any], state: Any, data: Any, each: Any, steps: Any) -> Any:
            def one(own):
                state, own_data, given = own
                return program(*state, *(data if shared else own_data), *given)

            def body(k, state, logs):
                own = state, [] if shared else data, [array[:, k] for array in each]
                results = list(taking(one, own))
                for before, after in zip(state, results, strict=False):
                    after.set_shape(before.shape)
                logs = [log.write(k, a) for log, a in zip(logs, results[count:], strict=True)]
                return k + 1, results[:count], logs

            length = each[0].shape[1]
            logs = [
                tf.TensorArray(a.dtype, size=length, element_shape=(runs, *a.shape))
                for a in program.outputs[count:]
            ]
            _, state, logs = tf.while_loop(lambda k, *_: k < steps, body, (0, list(state), logs))
            return state, [log.stack() for log in logs]

        def traced(taking: Callable[..., Any]) -> Any:
            compiled = tf.function(
                functools.partial(loop, taking), autograph=False, jit_compile=in_xla
            )
            given = [tf.constant(array) for array in each]
            return compiled.get_concrete_function(state, data, given, tf.constant(0))

        # TensorFlow's kernels for convolutions of many runs at once are slower on a CPU.
        ways = [vectorised, side_by_side] if in_xla else [side_by_side]
        known: dict[Any, Any] = {}

        def run(state, data, each, steps):
            given = [tf.constant(array) for array in each]
            while True:
                way = ways[0]
                # What TensorFlow says of an attempt is not for who runs it, while there are others.
                level = logging.CRITICAL if len(ways) > 1 else logging.NOTSET
                try:
                    with (
                        telling_tracing_errors(TRACING_ERRORS),
                        silent_below(tf.get_logger(), level),
                    ):
                        if way not in known:
                            known[way] = traced(way)
                        state, logs = known[way](state, data, given, tf.constant(steps))
                    return state, [np.asarray(log, "float32").T for log in logs]
                # What TensorFlow knows no rule for, or XLA then no size of, is raised as anything.
                except Exception:
                    if len(ways) == 1:
                        raise
                    del ways[0]

        return run


class TensorFlowTogetherEngine(TogetherEngine, TensorFlowEngine):
    """See `TogetherEngine`."""

    together = TensorFlowTogether()

    # Of an engine that computes operation by operation, in Keras's variables.
    differentiate = TensorFlowEngine.differentiate  # pyright: ignore[reportAssignmentType]

    def pure_train_step(self, state: State, data: Data, rows: Any, key: Any) -> Any:
        batch = self.batch.for_training(gathered(data, rows), key)
        losses: Logs = {}
        for i, objective in enumerate(self.objectives):

            def gradient(weights, i=i, objective=objective, state=state):
                with tf.GradientTape() as tape:
                    tape.watch(weights)
                    with self.scope(self.replace_weights(state, i, weights)) as scope:
                        loss = objective.loss(batch, True)
                        scaled_loss = objective.optimizer.scale_loss(loss)
                gradients = tape.gradient(
                    scaled_loss, weights, unconnected_gradients=tf.UnconnectedGradients.ZERO
                )
                return gradients, (loss, self.values_in(scope))

            gradients, (losses[objective.name], values) = StatelessEngine.differentiate(
                self, gradient, state, i
            )
            state = state._replace(model=values)
            with stateless_optimizers(), self.around_optimizers(state):
                weights, optimizer = moved(
                    objective, state.optimizers[i], gradients, self.weights(state, i)
                )
            state = self.replace_optimizer(state, i, optimizer)
            state = self.replace_weights(state, i, weights)
        return state, losses, self.metrics(state)

    def pure_test_step(self, state: State, data: Data, rows: Any) -> Any:
        batch = self.batch.for_testing(gathered(data, rows))
        with self.scope(state) as scope:
            for objective in self.objectives:
                objective.loss(batch, False)
        state = state._replace(model=self.values_in(scope))
        return state, self.metrics(state)

    def values_in(self, scope: keras.StatelessScope) -> list[Any]:
        return [tf.cast(scope.get_current_value(v), v.dtype) for v in self.variables]

    def value_of(self, variable: keras.Variable) -> Any:
        return tf.identity(variable.value)

    def train_eagerly(self, data: Data, indices: np.ndarray, key: np.ndarray) -> tuple[Logs, Logs]:
        self.save_state()
        logs = super().train_eagerly(data, indices, key)
        self.load_state()
        return logs

    def test_eagerly(self, data: Data, start: int, batch_size: int) -> Logs:
        self.save_state()
        logs = super().test_eagerly(data, start, batch_size)
        self.load_state()
        return logs


@tf.function(autograph=False, reduce_retracing=True)
def stacked(lists: list[list[Any]]) -> list[Any]:
    """The arrays of lists, one above the other."""
    return [tf.stack(arrays) for arrays in zip(*lists, strict=True)]


def text_of(program: Any) -> str:
    """The operations of a traced function, without the numbers that TensorFlow has given it."""
    graph = program.graph.as_graph_def()
    bodies = {one.signature.name: str(one) for one in graph.library.function}
    order: dict[str, int] = {}
    texts = ["".join(str(node) for node in graph.node)]
    # Functions are called by the order in which they are come upon.
    for text in texts:
        for name in NAMED.findall(text):
            if name in bodies and name not in order:
                order[name] = len(order)
                texts.append(bodies[name])
    known = NAMED.sub(
        lambda found: f'name: "function {order[found[1]]}"' if found[1] in order else found[0],
        "\n".join(texts),
    )
    return NUMBER.sub(r"\1", known)
