"""PyTorch: the whole step is traced into one graph, which inductor compiles where that pays."""

from collections.abc import Callable, Mapping
from typing import Any

import keras
import numpy as np
import torch

from triceras.data.batch import Batch
from triceras.engines.chunk import Chunk
from triceras.engines.contract import Data, Gradients, Logs
from triceras.engines.stateless import State, StatelessEngine, moved
from triceras.engines.torch_graph import TRACING_ERRORS, Program
from triceras.engines.torch_optimizers import make_traceable
from triceras.engines.torch_programs import evaluation_program, train_program
from triceras.engines.torch_teams import team
from triceras.freed_memory import keep_memory

# Adam's moments of a weight whose gradient stays 0, as at the edge of all images, fall below 1e-38,
# where a CPU computes twice to three times as slowly. XLA and TensorFlow take such numbers for 0;
# PyTorch does if it is told so before its threads start, which do what the thread before them did.
torch.set_flush_denormal(True)
keep_memory()


# To trace an evaluation and to fuse it takes longer than some hundred batches of it do. A run that
# is expected to be this short evaluates a few batches without, from its first one to its last.
STEPS_THAT_PAY_FOR_TRACED_TESTS, FEW_BATCHES, FEW_IN_ALL = 2_000, 16, 150

# Of arrays that a tensor can share memory with, and has the same type as Keras would give it.
SHARED_TYPES = {"float32", "float64", "float16", "uint8", "int8", "int16", "int32", "int64", "bool"}


class TorchEngine(StatelessEngine):
    """Trains on PyTorch; see `Contract` and `Engine`."""

    tracing_errors = TRACING_ERRORS
    # Whether the model changes its inputs in place, as `inputs += 1` does here and nowhere else.
    changes_inputs = False

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.forget_programs()
        for objective in self.objectives:
            make_traceable(objective.optimizer)

    # One step.

    def train_step(self, state: State, parts: Data, key: Any) -> tuple[State, Logs, Logs]:
        batch = self.batch.for_training(parts, key)
        losses: Logs = {}
        for i, objective in enumerate(self.objectives):
            # The inputs are an argument, as PyTorch lets no other tensor be changed in place.
            def loss_of(weights, inputs, i=i, objective=objective, state=state):
                with self.scope(self.replace_weights(state, i, weights)) as scope:
                    loss = objective.loss(batch._replace(inputs=inputs), True)
                    scaled_loss = objective.optimizer.scale_loss(loss)
                return scaled_loss, (loss, self.values_in(scope))

            gradient = torch.func.grad(loss_of, has_aux=True)
            gradients, (losses[objective.name], values) = self.differentiate(
                lambda weights, gradient=gradient: gradient(weights, self.lent(batch.inputs)),
                state,
                i,
            )
            state = state._replace(model=values)
            # Keras's optimizers for torch update the tensors that they are given in place.
            owned = [[a.clone() for a in b] for b in (state.optimizers[i], self.weights(state, i))]
            with self.around_optimizers(state):
                weights, optimizer = moved(objective, owned[0], gradients, owned[1])
            state = self.replace_optimizer(state, i, optimizer)
            state = self.replace_weights(state, i, weights)
        return state, losses, self.metrics(state)

    def lent(self, inputs: Any) -> Any:
        """Inputs for a model, which may get a copy to change in place."""
        return cloned(inputs) if self.changes_inputs else inputs

    def test_step(self, state: State, parts: Data) -> tuple[State, Logs]:
        batch = self.batch.for_testing(parts)
        with self.scope(state) as scope:
            for objective in self.objectives:
                # They are rows of the data, where those of a training step are copies.
                objective.loss(batch._replace(inputs=cloned(batch.inputs)), False)
        state = state._replace(model=self.values_in(scope))
        return state, self.metrics(state)

    def values_in(self, scope: keras.StatelessScope) -> list[Any]:
        after = [scope.get_current_value(v) for v in self.variables]
        return [a.detach().to(v.value.dtype) for a, v in zip(after, self.variables, strict=True)]

    # One step in one program.

    def indexed_train_step(self, state: State, data: Data, rows: Any, key: Any) -> Any:
        return self.train_step(state, {name: a[rows] for name, a in data.items()}, key)

    def program(self, step: Any, *example: Any, trains: bool = False) -> Program:
        """The graph of `step`, traced on the first call for each layout of its arguments."""
        tensors, data = keras.tree.flatten(example), keras.tree.flatten(example[1:])
        # What is fused reads memory as it was told when it was traced. A state is contiguous.
        layouts = [(a.shape, a.dtype) for a in tensors], [a.stride() for a in data]
        name = (step.__name__, *map(tuple, layouts))
        if name not in self.programs:
            state = len(tensors) - len(data)
            if trains:
                made = train_program(step, example, state, self.planned_steps, self.remembered)
            else:
                made = evaluation_program(step, example, state)
            self.programs[name] = made
        return self.programs[name]

    # The contract.

    def losses(self, batch: Batch) -> list[Any]:
        before = [tensor._version for tensor in keras.tree.flatten(batch.inputs)]
        losses = super().losses(batch)
        after = [tensor._version for tensor in keras.tree.flatten(batch.inputs)]
        self.changes_inputs = after != before
        return losses

    def put(self, parts: Mapping[str, np.ndarray], lasting: bool = False) -> Data:
        shared = (sharing_memory(array) if lasting else array for array in parts.values())
        return dict(zip(parts, map(keras.ops.convert_to_tensor, shared), strict=True))

    def load_state(self) -> None:
        self.state = self.read_state(copy_of)

    def save_state(self) -> None:
        # Several times in each epoch, in which a Keras variable's own `assign` took a fiftieth.
        pairs = self.pairs(self.state)
        copy_all: Any = torch._foreach_copy_  # pyright: ignore[reportPrivateImportUsage]
        with torch.no_grad():
            copy_all([v._value for v, _ in pairs], [a for _, a in pairs])

    def forget_programs(self) -> None:
        self.programs: dict[Any, Any] = {}

    def train_compiled(self, data: Data, chunk: Chunk) -> tuple[Logs, Logs]:
        rows = keras.ops.convert_to_tensor(chunk.indices).long().unbind()
        keys = keras.ops.convert_to_tensor(chunk.keys).unbind()
        # From step to step tensors stay in a flat list: to look at their structure would cost as
        # much time as a tenth of a small step.
        state, flat_data = keras.tree.flatten(self.state), keras.tree.flatten(data)
        logs = []
        sharing = team()
        with torch.no_grad(), sharing.together():
            sharing.give("state", state)
            sharing.give("data", flat_data)
            # To trace with a part of another tensor loads what traces distributed ones.
            example = self.state, data, rows[0].clone(), keys[0].clone()
            step, structure = self.program(self.indexed_train_step, *example, trains=True)
            sharing.take_steps(step, chunk.indices, chunk.keys)
            for step_rows, step_key in zip(rows, keys, strict=True):
                results = step(*state, *flat_data, step_rows, step_key)
                state, step_logs = results[: len(state)], results[len(state) :]
                logs.append(step_logs)
            sharing.took_steps(state)
        self.state = keras.tree.pack_sequence_as(self.state, state)
        stacked = [
            torch.stack(values).float().numpy(force=True) for values in zip(*logs, strict=True)
        ]
        return tuple(keras.tree.pack_sequence_as(structure[1:], stacked))

    def train_eagerly(self, data: Data, indices: np.ndarray, key: np.ndarray) -> tuple[Logs, Logs]:
        rows = keras.ops.convert_to_tensor(indices).long()
        with torch.no_grad():
            self.state, losses, metrics = self.indexed_train_step(
                self.state, data, rows, keras.ops.convert_to_tensor(key)
            )
        return losses, metrics

    def test_compiled(self, data: Data, starts: np.ndarray, batch_size: int) -> Logs:
        metrics: Logs = {}
        if self.tests_are_few(len(starts)):
            for start in starts:
                metrics = self.test_eagerly(data, int(start), batch_size)
            return metrics
        with torch.no_grad():
            for start in starts:
                rows = {name: a[start : start + batch_size] for name, a in data.items()}
                step, structure = self.program(self.test_step, self.state, rows)
                results = step(*keras.tree.flatten((self.state, rows)))
                self.state, metrics = keras.tree.pack_sequence_as(structure, results)
        return metrics

    def tests_are_few(self, batches: int) -> bool:
        """Whether a run is expected to evaluate too little for an evaluation to be traced."""
        in_all = max(self.planned_evaluations, 1) * batches
        short = 0 < self.planned_steps < STEPS_THAT_PAY_FOR_TRACED_TESTS
        return batches <= FEW_BATCHES and (
            self.planned_evaluations == 1 or (short and in_all <= FEW_IN_ALL)
        )

    def test_eagerly(self, data: Data, start: int, batch_size: int) -> Logs:
        rows = {name: a[start : start + batch_size] for name, a in data.items()}
        with torch.no_grad():
            self.state, metrics = self.test_step(self.state, rows)
        return metrics

    def gradients(self, parts: Mapping[str, np.ndarray], key: np.ndarray) -> Gradients:
        batch = self.batch.for_training(self.put(parts), keras.ops.convert_to_tensor(key))
        found: Gradients = {}
        for i, objective in enumerate(self.objectives):

            def loss_of(weights, inputs, i=i, objective=objective):
                with self.scope(self.replace_weights(self.state, i, weights)):
                    return objective.loss(batch._replace(inputs=inputs), True)

            with torch.no_grad():
                gradient = torch.func.grad(loss_of)
                gradients = gradient(self.weights(self.state, i), cloned(batch.inputs))
            found[objective.name] = [a.numpy(force=True) for a in gradients]
        return found


def sharing_memory(array: np.ndarray) -> Any:
    """A tensor in the memory of an array, of which Keras makes a copy first; or the array."""
    # PyTorch has no tensors that cannot be written to, and Keras other types for some.
    shared = array.dtype.isnative and array.dtype.name in SHARED_TYPES
    if not shared or not array.flags.writeable:
        return array
    return torch.from_numpy(np.ascontiguousarray(array))


def copy_of(variable: keras.Variable) -> torch.Tensor:
    """What a variable holds, in a tensor of its own."""
    held: Any = variable._value
    return held.detach().clone(memory_format=torch.contiguous_format)


def cloned(tree: Any) -> Any:
    """Copies of a tree of tensors."""
    return keras.tree.map_structure(torch.clone, tree)


def input_gradients(function: Callable[[Any], Any], inputs: Any) -> Any:
    """See `triceras.engines.input_gradients`."""
    return torch.func.grad(lambda x: function(x).sum())(inputs)


def device() -> str:
    """The device that computes, for example `cpu` or `cuda:0`."""
    return str(keras.ops.zeros(()).device)
