"""What is trained, where callbacks freeze and unfreeze layers in the course of a run."""

from typing import Any

from triceras.engines.grown import grow
from triceras.engines.objective import objectives_of
from triceras.engines.state import state_variables


def take(model: Any) -> dict[str, Any]:
    """Says what of a model is trainable, and which variables each optimizer knows, for JSON."""
    objectives = objectives_of(model)
    order = state_variables(model, objectives)
    position = {id(v): i for i, v in enumerate(order)}
    return {
        "layers": [bool(layer.trainable) for layer in model._flatten_layers()],
        "variables": [bool(v.trainable) for v in model.variables],
        "optimizers": {
            o.name: [position[id(v)] for v in o.optimizer._trainable_variables] for o in objectives
        },
    }


def give(model: Any, saved: dict[str, Any] | None) -> None:
    """Has a model train what it did when `take` was called.

    Args:
        model: compiled, its optimizers built.
        saved: what `take` returned; nothing is done where it is `None`, or of another model.
    """
    layers = list(model._flatten_layers())
    if saved is None or len(saved["layers"]) != len(layers) or saved == take(model):
        return
    # The layers within a layer come after it, and are set by it.
    for layer, trainable in zip(layers, saved["layers"], strict=True):
        layer.trainable = trainable
    for variable, trainable in zip(model.variables, saved["variables"], strict=True):
        if variable.trainable != trainable:
            variable.trainable = trainable
    objectives = objectives_of(model)
    order: list[Any] = state_variables(model, objectives)
    for objective in objectives:
        known = saved["optimizers"][objective.name]
        grow(objective.optimizer, [order[i] for i in known], order)
