"""Several runs in one graph of PyTorch, by `vmap`."""

import logging
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import torch
from torch._ops import OpOverload
from torch.fx import GraphModule
from torch.fx.experimental.proxy_tensor import make_fx

from triceras.engines.contract import Data
from triceras.engines.stateless import State
from triceras.engines.together import Step, Together, fingerprint
from triceras.engines.together_engine import TogetherEngine
from triceras.engines.torch import TorchEngine
from triceras.engines.torch_fast import alike, quick
from triceras.engines.torch_graph import functional, lay_out, traced
from triceras.engines.torch_optimizers import copied
from triceras.errors import one_line

log = logging.getLogger(__name__)

aten: Any = torch.ops.aten
LIST = "aten::_foreach_"
# They ask for a layout in memory, which stacked tensors may not have; what they give is the same.
VIEWS = (aten.view.default, aten._unsafe_view.default)


class TorchTogether(Together):
    """See `Together`."""

    def stack(self, lists: list[list[Any]]) -> list[Any]:
        return [torch.stack(arrays) for arrays in zip(*lists, strict=True)]

    def lane(self, stack: list[Any], place: int) -> list[Any]:
        return [array[place].clone() for array in stack]

    def step(self, engine: Any, function: Callable[..., Any], example: tuple[Any, ...]) -> Step:
        state, data, *each = example
        given = state, data, *map(keras.ops.convert_to_tensor, each)
        with torch.no_grad():
            program = traced(function, given)
            tensors = keras.tree.flatten(given)
            graph = functional(program.function, tensors)
            pairs = zip(graph(*tensors), program.function(*tensors), strict=True)
            if not all(alike(found, expected) for found, expected in pairs):
                # PyTorch loses some changes of views, and what it makes of the step is another one.
                graph = program.function
        text, constants = [], []
        for inner in (one for one in graph.modules() if isinstance(one, GraphModule)):
            text += [inner.code, *(str(node.meta.get("val")) for node in inner.graph.nodes)]
            constants += [tensor.numpy(force=True) for tensor in tensors_of(inner)]
        return Step(fingerprint("\n".join(text), constants), graph, program.structure[1:])

    def program(
        self, step: Step, state: list[Any], data: list[Any], each: list[np.ndarray], shared: bool
    ) -> Callable[..., tuple[list[Any], list[np.ndarray]]]:
        # In the thread that computes for all of them; see `torch.py`.
        torch.set_flush_denormal(True)
        places = [*[0] * len(state), *[None if shared else 0] * len(data), *[0] * len(each)]
        example = [*state, *data, *(keras.ops.convert_to_tensor(array[:, 0]) for array in each)]
        try:
            graph = vectorised(step.function, places, example, len(state))
        # What it knows no rule for it may raise as anything.
        except Exception as error:
            log.warning(
                "a step is computed seed by seed, as PyTorch cannot vectorise it: %s",
                one_line(error),
            )
            graph = seed_by_seed(step.function, places)

        def run(state, data, each, count):
            # What is fused takes for granted that numbers lie one beside the other.
            given = [keras.ops.convert_to_tensor(np.stack(steps_of(a))).unbind() for a in each]
            state, logs = [a.clone() for a in state], []
            with torch.no_grad():
                for k in range(count):
                    results = graph(*state, *data, *(steps[k] for steps in given))
                    state, new = results[: len(state)], results[len(state) :]
                    logs.append([a.clone() for a in new])
                stacked = [torch.stack(a, 1) for a in zip(*logs, strict=True)]
            return state, [a.float().numpy(force=True) for a in stacked]

        return run


def steps_of(array: np.ndarray) -> list[np.ndarray]:
    """What each step is given, of `(runs, steps, ...)`."""
    return [array[:, k] for k in range(array.shape[1])]


def vectorised(
    graph: GraphModule, places: list[int | None], example: list[Any], state: int
) -> Callable[..., list[Any]]:
    """A graph that computes what another one does, of many runs.

    Args:
        graph: of one run, which changes nothing in place.
        places: along which axis the runs lie in each of its arguments, or `None`.
        example: arguments of all runs.
        state: how many of them are the state.
    """
    every = torch.vmap(lambda *own: Batched(graph).run(*own), tuple(places))
    # It computes run by run what it has no rule for, and would say so.
    functorch: Any = vars(torch._C)["_functorch"]
    functorch._set_vmap_fallback_warning_enabled(False)
    with torch.no_grad():
        trace = make_fx(
            lambda *own: [a.contiguous() for a in every(*own)],
            tracing_mode="fake",
            _allow_non_fake_inputs=True,
        )
        graphs = trace(*example)
        # Of the stacked runs, whose gradients may lie in another order than those of one.
        lay_out(graphs)
        return quick(graphs, example, state)


def seed_by_seed(graph: GraphModule, places: list[int | None]) -> Callable[..., list[Any]]:
    """The same by the graph of one run; see `vectorised`."""

    def every(*own: Any) -> list[Any]:
        runs = len(own[places.index(0)])
        results = [
            graph(*(a if place is None else a[i] for a, place in zip(own, places, strict=True)))
            for i in range(runs)
        ]
        return [torch.stack(values) for values in zip(*results, strict=True)]

    return every


class Batched(torch.fx.Interpreter):
    """Runs a graph by operations that can be vectorised."""

    def call_function(self, target: Any, args: Any, kwargs: Any) -> Any:
        if isinstance(target, OpOverload) and target._schema.name.startswith(LIST):
            return one_by_one(target, args, kwargs)
        if target in VIEWS:
            return aten.reshape.default(*args)
        # Only how the result lies in memory.
        kwargs = {name: value for name, value in kwargs.items() if name != "memory_format"}
        return super().call_function(target, args, kwargs)


def one_by_one(target: OpOverload, args: Any, kwargs: Any) -> list[Any]:
    """What an operation on lists of tensors gives, by the same one on tensors."""
    function = getattr(aten, target._schema.name.removeprefix(LIST))
    lists = [isinstance(argument, list | tuple) for argument in args]
    count = len(args[lists.index(True)])
    return [
        function(*(a[i] if listed else a for a, listed in zip(args, lists, strict=True)), **kwargs)
        for i in range(count)
    ]


class TorchTogetherEngine(TogetherEngine, TorchEngine):
    """See `TogetherEngine`."""

    together = TorchTogether()

    def pure_train_step(self, state: State, data: Data, rows: Any, key: Any) -> Any:
        return self.indexed_train_step(state, data, rows, key)

    def pure_test_step(self, state: State, data: Data, rows: Any) -> Any:
        return self.test_step(state, {name: a[rows] for name, a in data.items()})

    def value_of(self, variable: keras.Variable) -> Any:
        return copied(variable)


def tensors_of(graph: Any) -> list[torch.Tensor]:
    """The tensors that a graph holds, in the order of its nodes."""
    names = [node.target for node in graph.graph.nodes if node.op == "get_attr"]
    found = [getattr(graph, name) for name in names]
    return [value for value in found if isinstance(value, torch.Tensor)]
