"""Numbers of Python's that a step itself changes, of which a compiled one knows a single value."""

from collections.abc import Iterator
from typing import Any

import keras

from triceras.engines.constants import Constant, each_constant, is_mixture
from triceras.errors import UserError

# What has a number, the attribute, and where it is in that.
Place = tuple[int, str, Any]


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
    """The numbers in the attributes of what a step computes with, and in what these hold.

    Returns:
        Of each a name for people, its value, and what its class has it begin with, else its value.
    """
    found = {}
    for constant in each_constant(model):
        default = getattr(type(constant.owner), constant.attribute, None)
        for key, name, value in numbers_in(constant):
            begun = default if key is None and is_number(default) else value
            found[id(constant.owner), constant.attribute, key] = name, value, begun
    return found


def numbers_in(constant: Constant) -> Iterator[tuple[Any, str, Any]]:
    """The numbers of an attribute: where each is in it, `None` for itself, its name, its value."""
    value = constant.value
    if is_number(value):
        yield None, constant.name, value
    elif is_mixture(value) and isinstance(value, dict | list | tuple):
        for key, part in value.items() if isinstance(value, dict) else enumerate(value):
            if is_number(part):
                yield (key,), f"{constant.name}[{key!r}]", part


def is_number(value: Any) -> bool:
    """Whether a value is one that can count; what is true or false says that something was done."""
    return isinstance(value, int | float) and not isinstance(value, bool)
