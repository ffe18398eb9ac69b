"""PyTorch: the whole step is traced into one graph, which inductor compiles where that pays."""

import copy
import logging
import types
from collections.abc import Sequence
from typing import Any, NamedTuple

import keras
import numpy as np
import torch
from torch._dynamo.exc import TorchDynamoException
from torch._inductor.exc import CppCompileError, InvalidCxxCompiler
from torch._subclasses.fake_tensor import DataDependentOutputException, DynamicOutputShapeException
from torch.fx.experimental.proxy_tensor import make_fx
from torch.fx.experimental.symbolic_shapes import GuardOnDataDependentSymNode

from triceras.engines.base import (
    CannotCompileError,
    Chunk,
    Data,
    Engine,
    Gradients,
    Logs,
    state_variables,
)

log = logging.getLogger(__name__)

# Adam's moments of a weight whose gradient stays 0, as at the edge of all images, fall below 1e-38,
# where a CPU computes twice to three times as slowly. XLA and TensorFlow take such numbers for 0;
# PyTorch does if it is told so before its threads start, which do what the thread before them did.
torch.set_flush_denormal(True)

# Inductor takes 19 to 24 s for a step (3 s where its cache on disk has it) and saves 1.4 to 2 ms a
# step, measured with two autoencoders on two cores: fewer steps are over sooner without it.
STEPS_THAT_PAY_FOR_INDUCTOR = 10_000

# What PyTorch raises when Python code asks for the value of a tensor that is being traced, with a
# part of the message where the type says too little.
TRACING_ERRORS = (
    (GuardOnDataDependentSymNode, ""),
    (DataDependentOutputException, ""),
    (DynamicOutputShapeException, ""),
    (RuntimeError, "numpy() is not supported for tensor subclasses"),
    (RuntimeError, "doesn't have storage"),
    (RuntimeError, "unallocated storage"),
)

# What inductor raises where a compiler is missing, fails, or knows no way to compute something.
INDUCTOR_ERRORS = (TorchDynamoException, CppCompileError, InvalidCxxCompiler)

READS_A_VALUE = torch.ops.aten._local_scalar_dense.default


class State(NamedTuple):
    """The values of the model's variables, and of each objective's optimizer."""

    model: list[Any]
    optimizers: list[list[Any]]


class Program(NamedTuple):
    """A function of tensors to a list of tensors, and the structure of what these stand for."""

    function: Any
    structure: Any


class TorchEngine(Engine):
    """Trains on PyTorch; see `Engine`."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.programs: dict[Any, Any] = {}
        for objective in self.objectives:
            make_traceable(objective.optimizer)

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

            gradient = torch.func.grad(loss_of, has_aux=True)
            gradients, (losses[objective.name], values) = gradient(self.weights(state, i))
            state = state._replace(model=values)
            # Keras's optimizers for torch update the tensors that they are given in place.
            owned = [[a.clone() for a in b] for b in (state.optimizers[i], self.weights(state, i))]
            weights, optimizer = objective.optimizer.stateless_apply(owned[0], gradients, owned[1])
            optimizers = [*state.optimizers[:i], optimizer, *state.optimizers[i + 1 :]]
            state = self.replace_weights(state._replace(optimizers=optimizers), i, weights)
        return state, losses, self.metrics(state)

    def test_step(self, state: State, x: Any, y: Any) -> tuple[State, Logs]:
        inputs, targets = self.batch.for_testing(x, y)
        with self.scope(state) as scope:
            for objective in self.objectives:
                objective.compute_loss(inputs, targets, False)
        state = state._replace(model=self.values_in(scope))
        return state, self.metrics(state)

    # The state.

    def scope(self, state: State) -> keras.StatelessScope:
        mapping = list(zip(self.variables, state.model, strict=True))
        for objective, values in zip(self.objectives, state.optimizers, strict=True):
            mapping += zip(objective.optimizer.variables, values, strict=True)
        return keras.StatelessScope(state_mapping=mapping, collect_losses=True)

    def values_in(self, scope: keras.StatelessScope) -> list[Any]:
        after = [scope.get_current_value(v) for v in self.variables]
        return [a.detach().to(v.value.dtype) for a, v in zip(after, self.variables, strict=True)]

    def metrics(self, state: State) -> Logs:
        with self.scope(state):
            return self.model.get_metrics_result()

    def weights(self, state: State, i: int) -> list[Any]:
        return [state.model[position] for position in self.positions[i]]

    def replace_weights(self, state: State, i: int, weights: list[Any]) -> State:
        new = dict(zip(self.positions[i], weights, strict=True))
        return state._replace(model=[new.get(p, a) for p, a in enumerate(state.model)])

    # One step in one program.

    def indexed_train_step(self, state: State, x: Any, y: Any, rows: Any, key: Any) -> Any:
        return self.train_step(state, x[rows], y[rows], key)

    def program(self, step: Any, *example: Any, optimize: bool = False) -> Program:
        """The graph of `step`, traced on the first call for each shape."""
        tensors = keras.tree.flatten(example)
        name = (step.__name__, *(a.shape for a in tensors))
        if name not in self.programs:
            program = traced(step, example)
            if optimize:
                state = len(keras.tree.flatten(example[0]))
                program = program._replace(function=compiled(program.function, tensors, state))
            self.programs[name] = program
        return self.programs[name]

    # The contract.

    def put(self, x: np.ndarray, y: np.ndarray) -> Data:
        return keras.ops.convert_to_tensor(x), keras.ops.convert_to_tensor(y)

    def load_state(self) -> None:
        self.variables = state_variables(self.model, self.objectives)
        position = {id(v): p for p, v in enumerate(self.variables)}
        self.positions = [[position[id(v)] for v in o.variables] for o in self.objectives]
        self.state = State(
            copies(self.variables),
            [copies(objective.optimizer.variables) for objective in self.objectives],
        )

    def save_state(self) -> None:
        assign(self.variables, self.state.model)
        for objective, values in zip(self.objectives, self.state.optimizers, strict=True):
            assign(objective.optimizer.variables, values)

    def train_compiled(self, data: Data, chunk: Chunk) -> tuple[Logs, Logs]:
        rows = keras.ops.convert_to_tensor(chunk.indices).long().unbind()
        keys = keras.ops.convert_to_tensor(chunk.keys).unbind()
        optimize = self.planned_steps >= STEPS_THAT_PAY_FOR_INDUCTOR
        # From step to step tensors stay in a flat list: to look at their structure would cost as
        # much time as a tenth of a small step.
        state = keras.tree.flatten(self.state)
        logs = []
        with torch.no_grad():
            step, structure = self.program(
                self.indexed_train_step, self.state, *data, rows[0], keys[0], optimize=optimize
            )
            for step_rows, step_key in zip(rows, keys, strict=True):
                results = step(*state, *data, step_rows, step_key)
                state, step_logs = results[: len(state)], results[len(state) :]
                logs.append(step_logs)
        self.state = keras.tree.pack_sequence_as(self.state, state)
        stacked = [
            torch.stack(values).float().numpy(force=True) for values in zip(*logs, strict=True)
        ]
        return tuple(keras.tree.pack_sequence_as(structure[1:], stacked))

    def train_eagerly(self, data: Data, indices: np.ndarray, key: np.ndarray) -> tuple[Logs, Logs]:
        rows = keras.ops.convert_to_tensor(indices).long()
        with torch.no_grad():
            self.state, losses, metrics = self.indexed_train_step(
                self.state, *data, rows, keras.ops.convert_to_tensor(key)
            )
        return losses, metrics

    def test_compiled(self, data: Data, starts: np.ndarray, batch_size: int) -> Logs:
        metrics: Logs = {}
        with torch.no_grad():
            for start in starts:
                x, y = (a[start : start + batch_size] for a in data)
                step, structure = self.program(self.test_step, self.state, x, y)
                results = step(*keras.tree.flatten((self.state, x, y)))
                self.state, metrics = keras.tree.pack_sequence_as(structure, results)
        return metrics

    def test_eagerly(self, data: Data, start: int, batch_size: int) -> Logs:
        x, y = (a[start : start + batch_size] for a in data)
        with torch.no_grad():
            self.state, metrics = self.test_step(self.state, x, y)
        return metrics

    def gradients(self, x: np.ndarray, y: np.ndarray, key: np.ndarray) -> Gradients:
        tensors = [keras.ops.convert_to_tensor(a) for a in (x, y, key)]
        inputs, targets = self.batch.for_training(*tensors)
        found: Gradients = {}
        for i, objective in enumerate(self.objectives):

            def loss_of(weights, i=i, objective=objective):
                with self.scope(self.replace_weights(self.state, i, weights)):
                    return objective.compute_loss(inputs, targets, True)

            with torch.no_grad():
                gradients = torch.func.grad(loss_of)(self.weights(self.state, i))
            found[objective.name] = [a.numpy(force=True) for a in gradients]
        return found


def make_traceable(optimizer: keras.optimizers.Optimizer) -> None:
    """Keeps an optimizer from reading the values of the learning rate and of its counter."""
    if isinstance(optimizer, keras.optimizers.SGD | keras.optimizers.Adadelta):
        # Keras has a version of each optimizer for PyTorch, and one for all backends. Only those
        # of these two for PyTorch read the learning rate.
        update = keras.optimizers.Optimizer._backend_update_step
        optimizer._backend_update_step = types.MethodType(update, optimizer)
    if optimizer.gradient_accumulation_steps and not optimizer.ema_overwrite_frequency:
        optimizer._backend_apply_gradients = types.MethodType(accumulate, optimizer)


def accumulate(optimizer: Any, gradients: Sequence[Any], variables: Sequence[Any]) -> None:
    """Adds gradients up and moves the variables in each so many-th step.

    What Keras does by a branch in Python, this does by computing both ways and choosing by value.
    """
    steps = optimizer.gradient_accumulation_steps
    moves = (optimizer._iterations.value + 1) % steps == 0
    sums = [optimizer._accumulated_gradients[optimizer._get_variable_index(v)] for v in variables]
    totals = [a + b.value for a, b in zip(gradients, sums, strict=True)]
    state = [*variables, *optimizer.variables]
    before = copies(state)
    means = optimizer._clip_gradients([total / steps for total in totals])
    optimizer._apply_weight_decay(variables)
    optimizer._backend_update_step(means, variables, optimizer.learning_rate)
    for variable, old in zip(state, before, strict=True):
        variable.assign(torch.where(moves, variable.value, old))
    for variable, total in zip(sums, totals, strict=True):
        variable.assign(torch.where(moves, torch.zeros_like(total), total))
    if optimizer.use_ema:
        optimizer._update_model_variables_moving_average(optimizer._trainable_variables)


def traced(step: Any, example: Any) -> Program:
    """The graph of a function of tensors.

    Raises:
        CannotCompileError: what it computes depends on the values of tensors.
    """
    structure = None

    def flat_step(*tensors):
        nonlocal structure
        results = step(*keras.tree.pack_sequence_as(example, tensors))
        structure = keras.tree.map_structure(lambda _: 0, results)
        # What inductor compiles takes it for granted that a state is laid out as the one before.
        return [a.contiguous() for a in keras.tree.flatten(results)]

    # Fake tensors have no values, so no value can end up in the graph as a constant.
    trace = make_fx(flat_step, tracing_mode="fake", _allow_non_fake_inputs=True)
    try:
        return Program(trace(*keras.tree.flatten(example)), structure)
    except RuntimeError as error:
        if any(isinstance(error, kind) and part in str(error) for kind, part in TRACING_ERRORS):
            raise CannotCompileError(str(error)) from error
        raise


def compiled(graph: Any, example: Sequence[Any], state: int) -> Any:
    """The graph compiled by inductor, or the graph itself where that fails or cannot pay.

    `torch.compile` would check in each call that the arguments are of the same kind as before,
    which they are, and would call each kernel from Python.

    Args:
        graph: takes tensors, and returns a list of tensors.
        example: arguments of it.
        state: how many of its first arguments are the state, whose new values it returns first. It
            is changed in place, as memory is what the step of an optimizer waits for.
    """
    if any(node.target is READS_A_VALUE for node in graph.graph.nodes):
        # It would be compiled anew for each value.
        return graph
    on_cpu = all(a.device.type == "cpu" for a in example)
    in_place = updating_in_place(graph, state)
    try:
        program: Any = torch._inductor.compile(in_place, list(example), {"cpp_wrapper": on_cpu})
    except INDUCTOR_ERRORS as error:
        reason = str(error).strip().splitlines()[0]
        log.warning("the step runs as a traced graph, slower, as inductor failed: %s", reason)
        return graph
    return lambda *arguments: [*arguments[:state], *program(*arguments)]


def updating_in_place(graph: Any, state: int) -> Any:
    """A copy of a graph that writes the new state over the old one, and returns the rest."""
    new = torch.fx.GraphModule(graph, copy.deepcopy(graph.graph))
    multiply_outer_products(new)
    nodes = list(new.graph.nodes)
    arguments = [node for node in nodes if node.op == "placeholder"]
    (end,) = (node for node in nodes if node.op == "output")
    results = end.args[0]
    with new.graph.inserting_before(end):
        for before, after in zip(arguments[:state], results[:state], strict=True):
            if before is not after:
                new.graph.call_function(torch.ops.aten.copy_.default, (before, after))
    end.args = (results[state:],)
    new.recompile()
    return new


def multiply_outer_products(graph: Any) -> None:
    """Makes a multiplication of each matrix product of a column and a row.

    A gradient is one where a batch is of one example. Inductor can make a multiplication a part of
    the optimizer's step, which it cannot do with a matrix product.
    """
    for node in graph.graph.nodes:
        if node.target is torch.ops.aten.mm.default and node.args[0].meta["val"].shape[1] == 1:
            node.target = torch.ops.aten.mul.Tensor


def copies(variables: Sequence[keras.Variable]) -> list[Any]:
    """The values of variables, in tensors of their own."""
    return [v.value.detach().clone(memory_format=torch.contiguous_format) for v in variables]


def assign(variables: Sequence[keras.Variable], values: Sequence[Any]) -> None:
    """Gives Keras variables new values."""
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)


def device() -> str:
    """The device that computes, for example `cpu` or `cuda:0`."""
    return str(keras.ops.zeros(()).device)


def train_step(model: keras.Model, data: Any) -> Logs:
    """`Model.train_step` for `fit` on PyTorch, to be changed by who needs another step.

    Reference:
        [Customizing what happens in `fit()` with PyTorch](
        https://keras.io/guides/custom_train_step_in_torch/)
    """
    x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
    model.zero_grad()
    y_pred = model(x, training=True)
    loss = model.compute_loss(x, y, y_pred, sample_weight, training=True)
    model.optimizer.scale_loss(loss).backward()
    gradients = [v.value.grad for v in model.trainable_variables]
    with torch.no_grad():
        model.optimizer.apply(gradients, model.trainable_variables)
    for metric in model.metrics:
        if metric.name == "loss":
            metric.update_state(loss, sample_weight=x.shape[0])
    return model.compute_metrics(x, y, y_pred, sample_weight)
