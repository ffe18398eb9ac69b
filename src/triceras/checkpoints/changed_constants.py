"""The numbers, texts and arrays of a model that callbacks have changed, kept in checkpoints.

So are those that a model's own `adapt` has taken from the data: other data would give others.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import keras
import numpy as np

from triceras.checkpoints.callback_changes import is_plain
from triceras.checkpoints.packing import packed, unpacked
from triceras.engines.changes import ABSENT, OTHER, changes_of, copy_of
from triceras.engines.constants import (
    Constant,
    array_of,
    each_constant,
    is_number_tensor,
    mark,
)
from triceras.engines.elsewhere import elsewhere, without_number
from triceras.engines.model_parts import has_settings, parts
from triceras.engines.state import value_of
from triceras.engines.versions import Version
from triceras.errors import UserError


def take(model: Any, arrays: dict[str, np.ndarray]) -> dict[str, Any]:
    """Copies what callbacks have changed and no variable of the model holds.

    Args:
        model: compiled and built.
        arrays: where arrays are put, by name.

    Returns:
        For JSON: the attributes of layers, optimizers, losses and metrics, and the variables
        of which no layer knows, by their places. `adapted` says that what `adapt` has set is among
        them, which it is not in checkpoints from before.
    """
    first = changes_of(model).so_far(model)
    changed = [c for c in each_constant(model) if c.name in first] if first else []
    found = [
        {
            **{"kind": c.kind, "part": c.part, "inner": c.inner, "attribute": c.attribute},
            "value": packed(held_in(c.value), arrays, "constants"),
            "tensor": is_number_tensor(c.value),
        }
        for c in changed
        if can_be_kept(c) and c.kind != "variable" and belongs(c, first[c.name])
    ]
    variables = {
        str(place): {
            "name": without_number(variable),
            "value": packed(value_of(variable), arrays, "constants"),
        }
        for place, variable in elsewhere(model).changed().items()
    }
    names_of_parts = named_parts(model) if found else {}
    return {
        "attributes": found,
        "parts": {kind: list(things) for kind, things in names_of_parts.items()},
        "variables": variables,
        "adapted": True,
    }


def held_in(value: Any) -> Any:
    """A copy of a value, which of a variable is all that it holds."""
    if isinstance(value, keras.Variable):
        return value_of(value)
    return array_of(value) if is_number_tensor(value) else copy_of(value)


def named_parts(model: Any) -> dict[str, dict[str, Any]]:
    """The parts of a model by their kinds and names, in their order."""
    found: dict[str, dict[str, Any]] = {}
    for kind, name, thing in parts(model):
        found.setdefault(kind, {})[name] = thing
    return found


def meant(there: Mapping[str, Any], saved: Sequence[str]) -> dict[str, Any]:
    """The parts of a model that have the places of others of one kind, by the names of those.

    They are told apart by their names where these are the same, and else by their order: Keras
    numbers the layers of a process, so that the same model may have other names elsewhere.
    """
    if set(there) == set(saved):
        return dict(there)
    same = len(there) == len(saved)
    return dict(zip(saved, there.values(), strict=True)) if same else {}


def can_be_kept(constant: Constant) -> bool:
    """Whether a checkpoint can hold the value of a constant; it cannot hold functions, objects."""
    value = constant.value
    return isinstance(value, keras.Variable) or is_plain(value) or is_number_tensor(value)


def belongs(constant: Constant, first: Constant | None) -> bool:
    """Whether what has a number is what a model begins with, and not an object in its place."""
    return constant.inner is None or (first is not None and first.owner is constant.owner)


def give(model: Any, saved: dict[str, Any] | None, arrays: dict[str, np.ndarray]) -> None:
    """Gives a model back what `take` copied, before a program of it is compiled.

    What callbacks have changed since is again what it was. A loss or a metric that the model lacks,
    as it does where nothing is compared, is passed over.

    Args:
        model: compiled and built.
        saved: what `take` returned; `None` in checkpoints from before there was any.
        arrays: of the checkpoint.

    Raises:
        UserError: a layer that was changed is not there.
    """
    saved = saved or {"attributes": [], "parts": {}, "variables": {}}
    # Before, what adapt had set was not kept, and of variables outside the layers small ones alone.
    as_today = saved.get("adapted", False)
    passed_over = () if as_today else changes_of(model).adapted
    reset(model, passed_over)
    if saved["attributes"]:
        give_attributes(model, saved, arrays)
    elsewhere(model).give(
        {
            int(place): (entry["name"], unpacked(entry["value"], arrays))
            for place, entry in saved["variables"].items()
        },
        small_alone=not as_today,
    )


def give_attributes(model: Any, saved: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
    """The part of `give` that is about attributes, of which there are some."""
    there = named_parts(model)
    names = {id(thing): name for group in there.values() for name, thing in group.items()}
    known = {(id(c.owner), c.attribute): c for c in each_constant(model)}
    things = {kind: meant(there.get(kind, {}), names) for kind, names in saved["parts"].items()}
    for entry in saved["attributes"]:
        kind, part, inner, attribute = (entry[k] for k in ("kind", "part", "inner", "attribute"))
        thing = owner = things[kind].get(part)
        if thing is not None and inner is not None:
            owner = inner_of(thing, inner)
        if owner is not None:
            value = OTHER if attribute in vars(owner) else ABSENT
            there_now = Constant(kind, names[id(thing)], inner, attribute, owner, value)
            # Of an object it is known by this whose the attribute is; see `belongs`.
            other = None if inner is None and value is ABSENT else there_now
            before = known.get((id(owner), attribute), other)
            changes_of(model).note(there_now.name, before)
            value = unpacked(entry["value"], arrays)
            set_to(owner, attribute, value, entry.get("tensor", False))
        elif kind == "layer" and inner is None:
            name = ".".join(filter(None, (part, inner, attribute)))
            raise UserError(
                f"the checkpoint has {name}, which a callback or adapt had changed, and the "
                "model has no such layer: it is of another model"
            )


def inner_of(thing: Any, inner: str) -> Any:
    """What a part of a model, or one of its variables, has by a name; `None` where it is none.

    Args:
        thing: the part.
        inner: an attribute of it, or `<variable>.<attribute>`.
    """
    name, _, attribute = inner.partition(".")
    found = vars(thing).get(name)
    if attribute:
        own = [*thing._trainable_variables, *thing._non_trainable_variables]
        variable = next((v for v in own if v.name == name), None)
        found = getattr(variable, attribute, None)
    return found if has_settings(found) else None


def reset(model: Any, passed_over: Collection[str] = ()) -> None:
    """Gives all that callbacks have changed the values that it had before.

    What is there now and no checkpoint gives back stays, as functions and objects do.

    Args:
        model: compiled and built.
        passed_over: the names of what stays as it is.
    """
    first = {n: c for n, c in changes_of(model).first.items() if n not in passed_over}
    kept = [c for c in each_constant(model) if can_be_kept(c)] if first else []
    places = {(id(c.owner), c.attribute) for c in kept}
    for constant in kept:
        # An object that no checkpoint takes away keeps what is in it.
        new = first.get(constant.name, constant) is None and belongs(constant, None)
        if constant.owner is not None and new:
            delattr(constant.owner, constant.attribute)
    for constant in first.values():
        if constant is None or constant.owner is None:
            continue
        owner, attribute, before = constant.owner, constant.attribute, constant.value
        if attribute in vars(owner) and (id(owner), attribute) not in places:
            continue
        if before is ABSENT:
            vars(owner).pop(attribute, None)
        elif isinstance(before, Version):
            if before.is_current:
                setattr(owner, attribute, before.value)
        elif can_be_kept(constant):
            set_to(owner, attribute, before)


def set_to(owner: Any, attribute: str, value: Any, tensor: bool = False) -> None:
    """Gives an attribute a value, which a variable that is there holds then.

    Args:
        owner: has it, or is to have it.
        attribute: its name.
        value: an array may be that of a tensor.
        tensor: whether it is one.
    """
    before = vars(owner).get(attribute)
    if isinstance(before, keras.Variable):
        before.assign(value)
    elif mark(before) != mark(value):
        # What is changed in place later is not what was kept.
        kept = copy_of(value)
        as_tensor = (tensor or is_number_tensor(before)) and isinstance(kept, np.ndarray)
        setattr(owner, attribute, keras.ops.convert_to_tensor(kept) if as_tensor else kept)
