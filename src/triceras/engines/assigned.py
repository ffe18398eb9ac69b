"""Variables that a model assigns while it is called, as a layer that clips its own weights does."""

from collections.abc import Iterable
from typing import Any

import keras
from keras import ops

from triceras.data.batch import Batch
from triceras.engines.first_batch import watched
from triceras.engines.objective import Objective, forward
from triceras.errors import UserError


class AssigningScope(keras.StatelessScope):
    """A scope in which the gradient by a weight is that by the value which was assigned to it.

    So it is where variables have a state, in TensorFlow and in PyTorch: an assignment is no part
    of what is differentiated. In a scope of Keras the gradient would go through what the new value
    was computed of: by the old weight, which is not the one that the optimizer then moves, and by
    all of which an average is taken.

    Args:
        state_mapping: pairs of a variable and its value.
        trained: the variables by which a gradient may be taken.
        **kwargs: of `keras.StatelessScope`.
    """

    def __init__(self, state_mapping: Any, trained: Iterable[keras.Variable], **kwargs: Any):
        super().__init__(state_mapping, **kwargs)
        self.trained = {id(variable) for variable in trained}

    def add_update(self, update: tuple[keras.Variable, Any]) -> None:
        variable, value = update
        if self.is_trained(variable):
            before = self.get_current_value(variable)
            value = ops.stop_gradient(value) + (before - ops.stop_gradient(before))
        elif keras.backend.is_float_dtype(variable.dtype):
            value = ops.stop_gradient(value)
        super().add_update((variable, value))

    def is_trained(self, variable: keras.Variable) -> bool:
        """Whether a gradient by a variable may be taken."""
        return id(variable) in self.trained


class NotingScope(AssigningScope):
    """Such a scope, which notes the variables that are assigned.

    Args:
        trained: the variables by which a gradient may be taken.
        mapping: pairs of a variable and its value.
        **kwargs: of `keras.StatelessScope`.
    """

    def __init__(self, trained: Iterable[keras.Variable] = (), mapping: Any = (), **kwargs: Any):
        super().__init__(mapping, trained, initialize_variables=False, **kwargs)
        self.assigned: dict[int, keras.Variable] = {}

    def get_current_value(self, variable: keras.Variable) -> Any:
        found = super().get_current_value(variable)
        return variable._value if found is None else found

    def add_update(self, update: tuple[keras.Variable, Any]) -> None:
        super().add_update(update)
        self.assigned[id(update[0])] = update[0]


def check_assigned(model: keras.Model, batch: Batch, compiled: bool = True) -> None:
    """Checks that a model assigns none of its trained weights, which `fit` on JAX would forget.

    Args:
        model: built and compiled, its metrics too; it is not changed.
        batch: any.
        compiled: whether steps are to be compiled.

    Raises:
        UserError: it does.
    """

    def run(inputs: Any, targets: Any, sample_weight: Any) -> None:
        forward(model, inputs, targets, True, told_by_loop=True, sample_weight=sample_weight)

    changed = watched(run, batch, model.trainable_variables, compiled).changed
    names = [v.path for v in model.trainable_variables if id(v) in changed]
    if names:
        raise UserError(
            f"{', '.join(names)}: a trained weight that is assigned within call, which fit on JAX "
            "forgets: use loop=custom, or a constraint (keras.constraints) in its place"
        )


def trained_by(objectives: Iterable[Objective]) -> list[keras.Variable]:
    """The variables of all objectives."""
    return [v for objective in objectives for v in objective.variables]
