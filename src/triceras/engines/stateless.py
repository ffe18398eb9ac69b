"""The state as a value, for frameworks whose step is a pure function of it."""

from collections.abc import Callable
from typing import Any, NamedTuple

import keras

from triceras.engines.assigned import AssigningScope, trained_by
from triceras.engines.contract import Logs
from triceras.engines.engine import Engine
from triceras.engines.metric_results import metric_results
from triceras.engines.objective import Objective
from triceras.engines.optimizer_variables import refusing_draws
from triceras.engines.state import restore, state_variables
from triceras.engines.step import take
from triceras.errors import UserError


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

        gradients, first = take(self.step, weights, evaluate)
        values = first.state
        if first.elsewhere:
            values = self.replace_weights(state._replace(model=values), i, weights).model
        return gradients, (first.loss, values)

    def replace_weights(self, state: State, i: int, weights: list[Any]) -> State:
        """The state with other values of the variables that objective `i` trains."""
        new = dict(zip(self.positions[i], weights, strict=True))
        return state._replace(model=[new.get(p, a) for p, a in enumerate(state.model)])

    def replace_optimizer(self, state: State, i: int, values: list[Any]) -> State:
        """The state with other values of the variables of objective `i`'s optimizer."""
        optimizers = [*state.optimizers[:i], values, *state.optimizers[i + 1 :]]
        return state._replace(optimizers=optimizers)


def moved(
    objective: Objective, optimizer_values: list[Any], gradients: list[Any], weights: list[Any]
) -> tuple[list[Any], list[Any]]:
    """What an optimizer makes of the weights that an objective trains, and of its own variables.

    It is Keras's `stateless_apply`, which takes all variables that the optimizer was built with,
    but for an optimizer some of whose variables are not trained any longer.
    """
    optimizer = objective.optimizer
    if list(map(id, objective.variables)) == list(map(id, optimizer._trainable_variables)):
        with refusing_draws(objective):
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
    with refusing_draws(objective), keras.StatelessScope(state_mapping=mapping) as scope:
        optimizer.apply(gradients, objective.variables)
    variables = (objective.variables, optimizer.variables)
    weights, optimizer_values = ([scope.get_current_value(v) for v in group] for group in variables)
    return weights, optimizer_values
