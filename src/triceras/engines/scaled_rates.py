"""Learning rates of some variables that are other than the optimizer's own, by a factor.

What is scaled is the rate, wherever an optimizer uses it: in its step, and in a weight decay that
is a part of it. Of gradients, many optimizers would not feel a factor.
"""

import contextlib
import types
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import keras

from triceras.engines.optimizer_parts import made_of
from triceras.errors import UserError

# Where Keras's optimizers take their rate from. One that does so otherwise does not feel a factor.
OF_KERAS = ("apply", "_backend_apply_gradients", "_backend_update_step")


def scale_rates(optimizer: Any, factors: Sequence[tuple[keras.Variable, float]]) -> None:
    """Gives variables learning rates of their own, for good.

    Args:
        optimizer: of Keras, or one that is made of others; it is changed in place. It need not be
            built, nor know all variables yet.
        factors: of the optimizer's rate, for the variables for which it is not 1.

    Raises:
        UserError: it takes steps in a way of its own.
    """
    parts = made_of(optimizer)
    for one in parts:
        scale_rates(one, factors)
    if not parts:
        check_steps(optimizer)
        ScaledRates(optimizer, factors).install()


def check_steps(optimizer: Any) -> None:
    """Checks that an optimizer goes from a rate to a step as Keras's do.

    Raises:
        UserError: it does not.
    """
    for name in OF_KERAS:
        owner = next(kind for kind in type(optimizer).__mro__ if name in vars(kind))
        if not owner.__module__.startswith("keras."):
            raise UserError(
                f"model.learning_rates: {type(optimizer).__name__} has its own {name}, which takes "
                "no notice of them: leave them out, or write its update_step alone"
            )


class ScaledRates:
    """Takes the place of some methods of one optimizer.

    Args:
        optimizer: it.
        factors: of variables; those that are not there have 1.
    """

    def __init__(self, optimizer: Any, factors: Sequence[tuple[keras.Variable, float]]):
        self.optimizer = optimizer
        self.factors = {optimizer._var_key(variable): factor for variable, factor in factors}
        self.factor = 1.0
        self.rate = optimizer._get_current_learning_rate
        self.update_step = optimizer.update_step
        # Of its class when it is called, where another may stand for a while.
        self.apply_weight_decay = lambda v: type(optimizer)._apply_weight_decay(optimizer, v)

    def install(self) -> None:
        """Replaces the methods."""
        optimizer = self.optimizer
        optimizer._get_current_learning_rate = self.get_current_learning_rate
        optimizer._apply_weight_decay = self.apply_scaled_weight_decay
        optimizer.update_step = self.scaled_update_step
        if isinstance(optimizer, keras.optimizers.Nadam):
            # Its version for PyTorch moves a product on whenever it is called, for all variables.
            step = keras.optimizers.Nadam._backend_update_step
            optimizer._backend_update_step = types.MethodType(step, optimizer)
        elif hasattr(optimizer, "_parallel_update_step"):
            self.parallel_update_step = optimizer._parallel_update_step
            optimizer._parallel_update_step = self.scaled_parallel_update_step

    # What takes the place of the methods of these names.

    def get_current_learning_rate(self) -> Any:
        return self.scaled(self.rate())

    def apply_scaled_weight_decay(self, variables: Sequence[Any]) -> None:
        for factor, places in self.groups(variables).items():
            with self.scaling(factor):
                self.apply_weight_decay([variables[i] for i in places])

    def scaled_update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        with self.scaling(self.factor_of(variable)):
            self.update_step(gradient, variable, self.scaled(learning_rate))

    def scaled_parallel_update_step(
        self, gradients: Sequence[Any], variables: Sequence[Any], learning_rate: Any
    ) -> None:
        for factor, places in self.groups(variables).items():
            some = [gradients[i] for i in places], [variables[i] for i in places]
            with self.scaling(factor):
                self.parallel_update_step(*some, self.scaled(learning_rate))

    # Their parts.

    def scaled(self, rate: Any) -> Any:
        return rate if self.factor == 1.0 else rate * self.factor

    def factor_of(self, variable: Any) -> float:
        return self.factors.get(self.optimizer._var_key(variable), 1.0)

    def groups(self, variables: Sequence[Any]) -> dict[float, list[int]]:
        """The places of variables by their factors."""
        places: dict[float, list[int]] = defaultdict(list)
        for i, variable in enumerate(variables):
            places[self.factor_of(variable)].append(i)
        return places

    @contextlib.contextmanager
    def scaling(self, factor: float) -> Iterator[None]:
        """Lets the optimizer's rate be scaled for a while."""
        self.factor = factor
        try:
            yield
        finally:
            self.factor = 1.0
