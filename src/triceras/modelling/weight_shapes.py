"""Whether weights of examples have a shape that the numbers of Keras's losses have, too."""

from collections.abc import Mapping
from typing import Any

from triceras.data.batch import BatchPreparation
from triceras.data.dataset import Dataset
from triceras.engines.own_steps import is_own
from triceras.errors import UserError
from triceras.modelling.build import signature
from triceras.modelling.changed_parts import changed_parts
from triceras.modelling.class_labels import is_sparse, outputs_of, pairs, settings_of, shape_at
from triceras.modelling.output_shapes import Shape, compares_numbers


def check_weight_shapes(model: Any, batch: BatchPreparation, data: Dataset) -> None:
    """Checks that no weight is multiplied with the losses of other examples.

    Where the numbers happen to fit, as of as many columns as a batch has examples, no backend says
    a word.

    Args:
        model: built and compiled.
        batch: says which parts the losses are given.
        data: the data set.

    Raises:
        UserError: one would be.
    """
    if batch.sample_weight is None or not model.loss:
        return
    if is_own(model, "compute_loss") or is_own(model, "train_step"):
        return
    changed = changed_parts(batch, data) if batch.augment else set()
    for loss, target, path in pairs(model.loss, batch.targets):
        last = settings_of(loss).get("axis", -1) == -1
        weight = weight_at(batch.sample_weight, path)
        if not last or not (compares_numbers(loss) or is_sparse(loss)) or weight is None:
            continue
        output = shape_at(outputs_of(model, batch, data), path)
        if output is not None and len(output) > 1 and not {weight, target} & changed:
            of_target, of_weight = (signature(part, data).shape[1:] for part in (target, weight))
            check_shape(weight, of_weight, target, losses_of(of_target, output[1:]))


def weight_at(weights: Any, path: tuple[Any, ...]) -> str | None:
    """The part that weighs the loss of an output; `None` where there is none."""
    for name in path:
        if isinstance(weights, str):
            break
        known = name in weights if isinstance(weights, Mapping) else name in range(len(weights))
        if not known:
            return None
        weights = weights[name]
    return weights if isinstance(weights, str) else None


def losses_of(target: Shape, output: Shape) -> Shape:
    """The shape of the losses of one example, of which there is one for all of the last axis."""
    # As Keras does of two whose ranks are one apart.
    squeezed = 0 < len(target) == len(output) - 1 and output[-1] == 1
    return (target if squeezed else output)[:-1]


def check_shape(weight: str, shape: Shape, target: str, losses: Shape) -> None:
    """Checks one weight, by its shape and that of losses, each of one example.

    Raises:
        UserError: these do not go together.
    """
    axes = shape[:-1] if len(shape) == len(losses) + 1 and shape[-1] == 1 else shape
    apart = [
        a for a, b in zip(axes, losses, strict=False) if a not in (1, b) and None not in (a, b)
    ]
    if len(axes) <= len(losses) and not apart:
        return
    told = f"the shape {losses} an example" if losses else "one number an example"
    raise UserError(
        f"{weight}, which model.sample_weight names, has the shape {shape} an example, and the loss"
        f" of {target} has {told}: give one weight an example{f', or {losses}' if losses else ''}"
    )
