"""What a data set calls its own inputs and labels."""

from collections.abc import Sequence
from typing import Any

from triceras.data.dataset import Dataset
from triceras.data.padding import MASK
from triceras.data.tree import leaves
from triceras.errors import UserError

BESIDE = ("label", "sample_weight")


def inputs_of(data: Dataset) -> Any:
    """The parts that a model is given which does not say what it wants."""
    return first_input(list(data.train.parts)) if data.inputs is None else data.inputs


def first_input(names: Sequence[str]) -> str:
    """The first of some parts that is not called as what is beside inputs.

    Of files they come in the order of the alphabet.
    """
    return next((name for name in names if name not in BESIDE), names[0])


def labels_of(data: Dataset) -> Any:
    """The parts that are to be predicted where a model says no more than `targets: labels`.

    Raises:
        UserError: the data set does not say which these are.
    """
    if data.labels is not None:
        return data.labels
    parts = list(data.train.parts)
    inputs = list(leaves(inputs_of(data)))
    others = [name for name in parts if name not in inputs]
    if "label" in others:
        return "label"
    if len(others) == 1:
        return others[0]
    if not others:
        raise UserError(
            f"the data {data.name} have {', '.join(parts)} alone, which the model is given, and "
            "nothing that it could be compared with: give data with labels, or use predict.py, "
            "which needs none"
        )
    raise UserError(
        f"the data {data.name} do not say which of their parts is the label: name one of "
        f"{', '.join(parts)}, as in model.targets={others[0]}"
    )


def label_of(data: Dataset) -> str | None:
    """The part that holds classes, if data have such; `None` where it is not known which it is."""
    try:
        found = list(leaves(labels_of(data)))
    except UserError:
        beside = [*leaves(inputs_of(data)), "sample_weight"]
        found = [name for name in data.train.parts if name not in beside]
        found = [name for name in found if not name.endswith(MASK)]
    if "label" in found:
        return "label"
    return found[0] if len(found) == 1 else None


def filled_up(data: Dataset, targets: Any) -> list[str]:
    """The parts of which a part `<part>_mask` says which places along their first axis are there.

    What is to be predicted says no such thing: a picture's mask may be its segmentation.
    """
    names = [name for name in data.train.parts if f"{name}{MASK}" in data.train.parts]
    names = [name for name in names if f"{name}{MASK}" not in leaves(targets)]
    if not names:
        return []
    rows = data.train.take(slice(1), [*names, *(f"{name}{MASK}" for name in names)])
    shapes = {name: (rows[name].shape, rows[f"{name}{MASK}"].shape) for name in names}
    return [name for name, (part, mask) in shapes.items() if len(mask) == 2 and part[:2] == mask]
