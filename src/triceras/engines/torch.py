"""PyTorch: the whole step is traced into one graph, which inductor compiles where that pays."""

import logging
from typing import Any, NamedTuple

import keras
import numpy as np
import torch
from torch.fx.experimental.proxy_tensor import make_fx

from triceras.engines.base import Chunk, Data, Engine, Logs, other_variables
from triceras.engines.objective import forward

log = logging.getLogger(__name__)

# Inductor takes about 10 s for a step; fewer steps than this are over sooner on the traced graph.
STEPS_THAT_PAY_FOR_INDUCTOR = 5000


class State(NamedTuple):
    """The values of all variables: a list for each objective, and what no optimizer trains."""

    trainable: list[list[Any]]
    optimizer: list[list[Any]]
    other: list[Any]


class TorchEngine(Engine):
    """Trains on PyTorch; see `Engine`."""

    tracing_errors = (RuntimeError,)

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.programs: dict[Any, Any] = {}

    # One step.

    def train_step(self, state: State, x: Any, y: Any, key: Any) -> tuple[State, Logs, Logs]:
        inputs, targets = self.batch.for_training(x, y, key)
        losses: Logs = {}
        for i, objective in enumerate(self.objectives):

            def loss_of(trainable, i=i, objective=objective, state=state):
                values = [*state.trainable[:i], trainable, *state.trainable[i + 1 :]]
                with self.scope(state._replace(trainable=values)) as scope:
                    loss = objective.compute_loss(inputs, targets)
                    scaled_loss = objective.optimizer.scale_loss(loss)
                return scaled_loss, (loss, self.other_after(scope))

            gradients, (loss, other) = torch.func.grad(loss_of, has_aux=True)(state.trainable[i])
            # Keras's optimizers for torch update the tensors that they are given in place.
            owned = [[a.clone() for a in values] for values in (state.optimizer[i], state.trainable[i])]
            trainable, optimizer = objective.optimizer.stateless_apply(
                owned[0], gradients, owned[1]
            )
            state = State(
                [*state.trainable[:i], trainable, *state.trainable[i + 1 :]],
                [*state.optimizer[:i], optimizer, *state.optimizer[i + 1 :]],
                other,
            )
            losses[objective.name] = loss
        return state, losses, self.metrics(state)

    def test_step(self, state: State, x: Any, y: Any) -> tuple[State, Logs]:
        inputs, targets = self.batch.for_testing(x, y)
        with self.scope(state) as scope:
            forward(self.model, inputs, targets, training=False)
        state = state._replace(other=self.other_after(scope))
        return state, self.metrics(state)

    def scope(self, state: State) -> keras.StatelessScope:
        mapping = list(zip(self.other, state.other, strict=True))
        for objective, values in zip(self.objectives, state.trainable, strict=True):
            mapping += zip(objective.variables, values, strict=True)
        return keras.StatelessScope(state_mapping=mapping, collect_losses=True)

    def other_after(self, scope: keras.StatelessScope) -> list[Any]:
        after = [scope.get_current_value(v) for v in self.other]
        return [a.detach().to(v.value.dtype) for a, v in zip(after, self.other, strict=True)]

    def metrics(self, state: State) -> Logs:
        with self.scope(state):
            return self.model.get_metrics_result()

    # One step in one program.

    def indexed_train_step(self, state: State, x: Any, y: Any, rows: Any, key: Any) -> Any:
        return self.train_step(state, x[rows], y[rows], key)

    def program(self, step: Any, *example: Any, optimize: bool = False) -> Any:
        """The graph of `step`, traced on the first call for each shape."""
        shapes = [a.shape for a in keras.tree.flatten(example)]
        name = (step.__name__, *shapes)
        if name not in self.programs:
            graph = make_fx(torch.func.functionalize(step, remove="mutations"))(*example)
            self.programs[name] = torch.compile(graph, dynamic=False) if optimize else graph
        return self.programs[name]

    # The contract.

    def put(self, x: np.ndarray, y: np.ndarray) -> Data:
        return self.tensor(x), self.tensor(y)

    def tensor(self, array: np.ndarray) -> Any:
        return torch.as_tensor(array, device=keras.src.backend.torch.core.get_device())

    def load_state(self) -> None:
        self.other = other_variables(self.model, self.objectives)
        self.state = State(
            [values(objective.variables) for objective in self.objectives],
            [values(objective.optimizer.variables) for objective in self.objectives],
            values(self.other),
        )

    def save_state(self) -> None:
        for i, objective in enumerate(self.objectives):
            assign(objective.variables, self.state.trainable[i])
            assign(objective.optimizer.variables, self.state.optimizer[i])
        assign(self.other, self.state.other)

    def run_compiled(self, data: Data, chunk: Chunk) -> tuple[Logs, Logs]:
        rows, keys = self.tensor(chunk.indices).long(), self.tensor(chunk.keys)
        logs = []
        with torch.no_grad():
            optimize = self.planned_steps >= STEPS_THAT_PAY_FOR_INDUCTOR
            step = self.program(
                self.indexed_train_step, self.state, *data, rows[0], keys[0], optimize=optimize
            )
            for k in range(len(chunk)):
                self.state, *step_logs = step(self.state, *data, rows[k], keys[k])
                logs.append(step_logs)
        losses, metrics = (
            {name: torch.stack([a[i][name] for a in logs]).numpy(force=True) for name in logs[0][i]}
            for i in range(2)
        )
        return losses, metrics

    def run_eagerly(self, data: Data, indices: np.ndarray, key: np.ndarray) -> tuple[Logs, Logs]:
        x, y = (a[self.tensor(indices).long()] for a in data)
        with torch.no_grad():
            self.state, losses, metrics = self.train_step(self.state, x, y, self.tensor(key))
        return losses, metrics

    def test_steps(self, data: Data, starts: np.ndarray, batch_size: int) -> Logs:
        metrics: Logs = {}
        with torch.no_grad():
            for start in starts:
                x, y = (a[start : start + batch_size] for a in data)
                step = self.test_step
                if self.compile:
                    step = self.program(self.test_step, self.state, x, y)
                self.state, metrics = step(self.state, x, y)
        return metrics


def values(variables):
    return [v.value.detach().clone() for v in variables]


def assign(variables, values):
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)


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
