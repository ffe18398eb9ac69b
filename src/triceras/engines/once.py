"""What a layer does in its first call alone, by a flag that Python keeps."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import keras

from triceras.engines.constants import of_keras
from triceras.errors import UserError
from triceras.patching import patched

Flag = tuple[keras.Layer, str]


def flags(model: Any) -> dict[tuple[int, str], tuple[Flag, bool]]:
    """The attributes of a model's layers that are true or false, and what they are."""
    return {
        (id(layer), name): ((layer, name), value)
        for layer in model._flatten_layers()
        for name, value in vars(layer).items()
        if isinstance(value, bool) and name not in of_keras(type(layer))
    }


def turned(model: keras.Model, before: dict[tuple[int, str], tuple[Flag, bool]]) -> list[Flag]:
    """Those of a model's flags that are other than `flags` said before."""
    now = flags(model)
    return [flag for key, (flag, value) in before.items() if key in now and now[key][1] != value]


def turn_back(turned: Sequence[Flag]) -> None:
    """Gives flags the values that they had before."""
    for layer, name in turned:
        setattr(layer, name, not getattr(layer, name))


@contextmanager
def keeping_flags(model: Any) -> Iterator[None]:
    """Where a model is traced for its shapes: its first call is still to come.

    What a layer that is built here has by its `build` stays, as that comes once.
    """
    before = flags(model)
    known = set(map(id, model._flatten_layers()))
    finish: Any = keras.Layer._post_build

    def note(layer: Any) -> None:
        # One without a `build` of its own is built by being called.
        if type(layer).build is not keras.Layer.build:
            # One that was there has flags of its first call, as in a `Sequential`, which calls it.
            before.update(
                (key, each)
                for key, each in flags(layer).items()
                if key[0] == id(layer) or key[0] not in known
            )
            known.update(map(id, layer._flatten_layers()))
        finish(layer)

    try:
        with patched(keras.Layer, "_post_build", note):
            yield
    finally:
        turn_back(turned(model, before))
        for key, ((layer, name), _) in flags(model).items():
            if key not in before:
                # One that a layer has from its first call on.
                delattr(layer, name)


def check_once(turned: Sequence[Flag], names: str) -> None:
    """Checks that a model assigns in each call what it did in its first, which was a trial.

    Args:
        turned: the flags that the trial turned, which are turned back where it does not.
        names: of the variables that it assigned only then.

    Raises:
        UserError: there are such variables.
    """
    if not names:
        return
    turn_back(turned)
    told = ", ".join(f"{layer.name}.{name}" for layer, name in turned)
    raise UserError(
        f"the model assigns {names} in its first call alone, by {told}, and a trial of the step is "
        'before that: keep the flag in a variable (add_weight(shape=(), dtype="bool", '
        "trainable=False)), or assign in build()"
    )
