"""Whether what is said of several outputs is said of each, where Keras would take it for others."""

from collections.abc import Mapping
from typing import Any

import keras

from triceras.data.batch import BatchPreparation
from triceras.data.dataset import Dataset
from triceras.engines.own_steps import is_own
from triceras.errors import UserError
from triceras.modelling.class_labels import outputs_of

OWN = ("compute_loss", "compute_metrics", "train_step", "objectives")


def check_every_output(model: Any, batch: BatchPreparation, data: Dataset) -> None:
    """Checks that metrics of several outputs are given the targets and weights of their own.

    A list of targets may leave out an output without a loss. Keras's losses follow; its metrics go
    on through the list, each with the target of another output, and the last are left out. The same
    becomes of a list of weights. Of a dictionary it says no more than the name.

    Args:
        model: built and compiled.
        batch: says which parts the losses are given.
        data: the data set.

    Raises:
        UserError: an output that needs a target or a weight has none, or a name is of no output.
    """
    several = [tree for tree in (batch.targets, batch.sample_weight) if not isinstance(tree, str)]
    if not any(several) or any(is_own(model, name) for name in OWN):
        return
    names = names_of_outputs(model, outputs_of(model, batch, data))
    if len(names) < 2:
        return
    measured = getattr(model, "_compile_metrics", None) is not None
    for key in ("targets", "sample_weight"):
        tree = getattr(batch, key)
        if isinstance(tree, Mapping):
            check_names(key, tree, names, measured)
        elif isinstance(tree, list | tuple) and len(tree) != len(names) and measured:
            raise UserError(
                f"model.{key} lists {len(tree)}, and the model gives {len(names)} outputs: with "
                "metrics name one part for each, whichever for an output without a loss"
            )


def names_of_outputs(model: Any, outputs: Any) -> list[Any]:
    """What outputs are called, in their order; none where they are nested, or not known."""
    each = list(outputs.values()) if isinstance(outputs, Mapping) else outputs
    if not isinstance(each, list | tuple) or any(map(keras.tree.is_nested, each)):
        return []
    if isinstance(outputs, Mapping):
        return list(outputs)
    return list(getattr(model, "output_names", None) or range(len(each)))


def check_names(key: str, tree: Mapping[str, Any], names: list[Any], measured: bool) -> None:
    """Checks what is given by the names of outputs.

    Args:
        key: `targets` or `sample_weight`.
        tree: what is given.
        names: of the outputs.
        measured: whether the model has metrics.

    Raises:
        UserError: a name is of no output, or there are metrics and an output has none.
    """
    told = f"and the model gives {', '.join(map(str, names))}"
    for name in tree if key == "targets" else ():
        if name not in names:
            raise UserError(f"model.{key} has {name}, {told}: give each by the name of its output")
    left = [name for name in names if name not in tree]
    if left and measured:
        raise UserError(
            f"model.{key} has no part for {left[0]}, {told}: with metrics name one for each, "
            f"whichever for an output without a loss, as in model.{key}.{left[0]}="
            f"{next(iter(tree.values()))}"
        )
