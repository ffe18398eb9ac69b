"""Several runs in one program of JAX, by `vmap`."""

import itertools
import re
from collections.abc import Callable, Iterator
from typing import Any

import jax
import jax.numpy as jnp
import keras
import numpy as np
from jax.extend.core import ClosedJaxpr, Literal, jaxpr_as_fun

from triceras.engines.contract import Data
from triceras.engines.errors import telling_tracing_errors
from triceras.engines.jax import TRACING_ERRORS, JaxEngine, convolves, device, is_traced
from triceras.engines.stateless import State
from triceras.engines.together import Flat, Step, Together, fingerprint
from triceras.engines.together_engine import TogetherEngine

# Where functions lie that an operation names, and that are no part of what it computes.
ADDRESS = re.compile(r"0x[0-9a-f]+")
NUMBERS = itertools.count()


class JaxTogether(Together):
    """See `Together`."""

    def __init__(self):
        super().__init__()
        self.stack_program = jax.jit(
            lambda lists: [jnp.stack(arrays) for arrays in zip(*lists, strict=True)]
        )
        self.lane_program = jax.jit(lambda stack, place: [array[place] for array in stack])

    def stack(self, lists: list[list[Any]]) -> list[Any]:
        return self.stack_program(lists)

    def lane(self, stack: list[Any], place: int) -> list[Any]:
        return self.lane_program(stack, place)

    def step(self, engine: Any, function: Callable[..., Any], example: tuple[Any, ...]) -> Step:
        flat = Flat(function, example)
        with telling_tracing_errors(TRACING_ERRORS):
            operations = jax.make_jaxpr(flat)(*keras.tree.flatten(example))
        text = ADDRESS.sub("", str(operations))
        if "callback" in text:
            # JAX prints all functions on the host alike, so that such a step is like no other.
            text += str(next(NUMBERS))
        return Step(fingerprint(text, constants(operations)), operations, flat.logs)

    def program(
        self, step: Step, state: list[Any], data: list[Any], each: list[np.ndarray], shared: bool
    ) -> Callable[..., tuple[list[Any], list[np.ndarray]]]:
        places = [*[0] * len(state), *[None if shared else 0] * len(data), *[0] * len(each)]
        of_one: Any = jaxpr_as_fun(step.function)
        every = jax.vmap(of_one, in_axes=places)
        logs_of_one = step.function.out_avals[len(state) :]

        def one(state, data, each):
            results = every(*state, *data, *each)
            return results[: len(state)], results[len(state) :]

        def loop(state, data, each, count):
            def body(k, carry):
                state, logs = carry
                state, new = one(state, data, [array[:, k] for array in each])
                return state, [a.at[:, k].set(b) for a, b in zip(logs, new, strict=True)]

            runs, length = each[0].shape[:2]
            logs = [jnp.zeros((runs, length, *a.shape), a.dtype) for a in logs_of_one]
            return jax.lax.fori_loop(0, count, body, (state, logs))

        # As one run alone does; see `convolves`.
        by_itself = device() == "cpu" and convolves(step.function.jaxpr)
        compiled = jax.jit(one if by_itself else loop)

        def run(state, data, each, count):
            if not by_itself:
                state, logs = compiled(state, data, each, count)
                return state, as_numbers(logs)
            taken = []
            for k in range(count):
                state, logs = compiled(state, data, [array[:, k] for array in each])
                taken.append(logs)
            stacked = [np.stack(a, 1) for a in zip(*jax.device_get(taken), strict=True)]
            return state, as_numbers(stacked)

        return run


class JaxTogetherEngine(TogetherEngine, JaxEngine):
    """See `TogetherEngine`."""

    together = JaxTogether()

    def pure_train_step(self, state: State, data: Data, rows: Any, key: Any) -> Any:
        return self.indexed_train_step(state, data, rows, key)

    def pure_test_step(self, state: State, data: Data, rows: Any) -> Any:
        state = self.test_step(state, {name: a[rows] for name, a in data.items()})
        return state, self.metrics(state)

    def value_of(self, variable: keras.Variable) -> Any:
        return variable.value


def as_numbers(logs: list[Any]) -> list[np.ndarray]:
    """Logs as the host has them."""
    return [np.asarray(a, "float32") for a in jax.device_get(logs)]


def constants(operations: ClosedJaxpr) -> Iterator[np.ndarray]:
    """The arrays that operations hold, and those of all operations within them."""
    yield from map(np.asarray, operations.consts)
    for equation in operations.jaxpr.eqns:
        yield from (np.asarray(a.val) for a in equation.invars if isinstance(a, Literal))
        for parameter in jax.tree.leaves(equation.params, is_leaf=is_closed):
            if is_closed(parameter):
                yield from constants(parameter)
            elif is_traced(parameter):
                yield from constants(ClosedJaxpr(parameter, ()))


def is_closed(parameter: Any) -> bool:
    """Whether what an operation is given are operations with what they hold."""
    return isinstance(parameter, ClosedJaxpr)
