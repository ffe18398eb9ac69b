"""The state as a value, for frameworks whose step is a pure function of it."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import keras

from triceras.engines.assigned import AssigningScope, trained_by
from triceras.engines.contract import Logs
from triceras.engines.engine import Engine
from triceras.engines.metric_results import metric_results
from triceras.engines.objective import Objective
from triceras.engines.optimizer_variables import refusing_draws, refusing_others
from triceras.engines.state import restore, state_variables
from triceras.engines.step import take
from triceras.errors import UserError
from triceras.patching import patched


class State(NamedTuple):
    """The values of the model's variables, and of each objective's optimizer."""

    model: list[Any]
    optimizers: list[list[Any]]


class StatelessEngine(Engine):
    """An engine that runs Keras's code in stateless scopes; see `Engine`."""

    def read_state(self, read: Callable[[keras.Variable], Any]) -> State:
        """The values that `read` gives of all Keras variables, which are looked up anew."""
        self.variables = state_variables(self.model, self.objectives)
        position = {id(v): p for p, v in enumerate(self.variables)}
        self.positions = [[position[id(v)] for v in o.variables] for o in self.objectives]
        return State(
            [read(v) for v in self.variables],
            [[read(v) for v in objective.optimizer.variables] for objective in self.objectives],
        )

    def write_state(self, state: State) -> None:
        """Gives all Keras variables the values of `state`."""
        restore(self.pairs(state))

    def scope(self, state: State) -> keras.StatelessScope:
        """Where each variable has its value in `state`."""
        trained = trained_by(self.objectives)
        return AssigningScope(self.pairs(state), trained, collect_losses=True)

    def pairs(self, state: State) -> list[tuple[keras.Variable, Any]]:
        """Each variable and its value in `state`."""
        pairs = list(zip(self.variables, state.model, strict=True))
        for objective, values in zip(self.objectives, state.optimizers, strict=True):
            pairs += zip(objective.optimizer.variables, values, strict=True)
        return pairs

    def metrics(self, state: State) -> Logs:
        """What the metrics say in `state`."""
        with self.scope(state):
            return metric_results(self.model, self.compile)

    def weights(self, state: State, i: int) -> list[Any]:
        """The values of the variables that objective `i` trains."""
        return [state.model[position] for position in self.positions[i]]

    def differentiate(
        self, gradient: Callable[[list[Any]], Any], state: State, i: int
    ) -> tuple[list[Any], tuple[Any, list[Any]]]:
        """The gradients of objective `i`, or what a step of the user's own makes of them.

        Args:
            gradient: of weights; gives the gradients, and a tuple of the loss and the values that
                all variables have after it.
            state: where to begin.
            i: which objective.

        Returns:
            What `gradient` returns.
        """
        weights = self.weights(state, i)
        if self.step is None:
            return gradient(weights)

        def evaluate(at: list[Any]) -> tuple[list[Any], Any, Any]:
            gradients, (loss, values) = gradient(at)
            return gradients, loss, values

        gradients, first = take(self.step, weights, evaluate, self.compile)
        values = first.state
        if first.elsewhere:
            values = self.replace_weights(state._replace(model=values), i, weights).model
        return gradients, (first.loss, values)

    def replace_weights(self, state: State, i: int, weights: list[Any]) -> State:
        """The state with other values of the variables that objective `i` trains."""
        new = dict(zip(self.positions[i], weights, strict=True))
        return state._replace(model=[new.get(p, a) for p, a in enumerate(state.model)])

    def replace_optimizer(self, state: State, i: int, values: list[Any]) -> State:
        """The state with other values of the variables of objective `i`'s optimizer.

        Another one has them too where both have one of them, as of a schedule that they share.
        """
        new = dict(zip(map(id, self.objectives[i].optimizer.variables), values, strict=True))
        pairs = zip(self.objectives, state.optimizers, strict=True)
        optimizers = [
            [new.get(id(v), a) for v, a in zip(other.optimizer.variables, old, strict=True)]
            for other, old in pairs
        ]
        return state._replace(optimizers=optimizers)

    @contextlib.contextmanager
    def around_optimizers(self, state: State) -> Iterator[None]:
        """Has an optimizer, its schedule and a constraint read all other variables in `state`.

        Keras's scope for its step knows no others than its own, and gives none of what is around.
        """
        own: Any = keras.StatelessScope.get_current_value
        around = self.scope(state)

        def found(scope: Any, variable: keras.Variable) -> Any:
            value = own(scope, variable)
            return own(around, variable) if value is None else value

        optimizers = [objective.optimizer for objective in self.objectives]
        with (
            around,
            patched(keras.StatelessScope, "get_current_value", found),
            refusing_draws(optimizers, self.compile),
        ):
            yield


def moved(
    objective: Objective, optimizer_values: list[Any], gradients: list[Any], weights: list[Any]
) -> tuple[list[Any], list[Any]]:
    """What an optimizer makes of the weights that an objective trains, and of its own variables.

    It is Keras's `stateless_apply`, which takes all variables that the optimizer was built with,
    but for an optimizer some of whose variables are not trained any longer.
    """
    optimizer = objective.optimizer
    if list(map(id, objective.variables)) == list(map(id, optimizer._trainable_variables)):
        with refusing_others(optimizer, objective.variables):
            return optimizer.stateless_apply(optimizer_values, gradients, weights)
    if hasattr(optimizer, "inner_optimizer"):
        raise UserError(
            "layers were frozen in the course of training, of which a compiled step of JAX with "
            f"{type(optimizer).__name__} cannot be made: freeze them before the model is built "
            "(model.freeze), or take the optimizer without it"
        )
    mapping = [
        *zip(objective.variables, weights, strict=True),
        *zip(optimizer.variables, optimizer_values, strict=True),
    ]
    with (
        refusing_others(optimizer, objective.variables),
        keras.StatelessScope(state_mapping=mapping) as scope,
    ):
        optimizer.apply(gradients, objective.variables)
    variables = (objective.variables, optimizer.variables)
    weights, optimizer_values = ([scope.get_current_value(v) for v in group] for group in variables)
    return weights, optimizer_values
