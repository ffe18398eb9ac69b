"""Numbers of Python's that a step itself changes, of which a compiled one knows a single value."""

from typing import Any

import keras

from triceras.engines.constants import RUNNING
from triceras.engines.model_parts import parts
from triceras.errors import UserError

Place = tuple[int, str]


class Counters:
    """Looks at the first step of a run, which is traced, and so is the last that changes them.

    Args:
        compiled: whether steps are compiled at all.
    """

    def __init__(self, compiled: bool):
        self.compiled = compiled
        self.checked = False
        self.before: dict[Place, tuple[str, float, float]] | None = None

    def begin(self, model: keras.Model) -> None:
        """To be called before the first step, after a forward pass that was no step."""
        if self.compiled and self.before is None:
            self.before = numbers(model)

    def end(self, model: keras.Model) -> None:
        """To be called after it.

        Raises:
            UserError: the step has changed a number.
        """
        if self.before is None or self.checked:
            return
        self.checked = True
        for place, (name, value, default) in numbers(model).items():
            was = self.before[place][1] if place in self.before else default
            # NaN is no other number than NaN.
            if repr(was) != repr(value):
                raise UserError(
                    f"the step itself changes {name}, a number of Python's, which a compiled step "
                    "holds as a constant: keep it in a variable (add_weight, add_variable), or "
                    "give compile=false"
                )


def numbers(model: keras.Model) -> dict[Place, tuple[str, float, float]]:
    """The numbers in the attributes of what a step computes with.

    Returns:
        Of each a name for people, its value, and what its class has it begin with, else its value.
    """
    found = {}
    for _, name, thing in parts(model):
        for attribute, value in vars(thing).items():
            if is_number(value) and attribute not in RUNNING:
                default = getattr(type(thing), attribute, None)
                begun = default if is_number(default) else value
                found[id(thing), attribute] = f"{name}.{attribute}", value, begun
    return found


def is_number(value: Any) -> bool:
    """Whether a value is one that can count; what is true or false says that something was done."""
    return isinstance(value, int | float) and not isinstance(value, bool)
