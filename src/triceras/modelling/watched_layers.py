"""Metrics that are told what layers give, in the forward pass of the step itself."""

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import keras
from keras.src.backend.common.masking import get_keras_mask

from triceras.errors import UserError, one_line


class LayerMetric(NamedTuple):
    """A metric, the layer that it reads, and what that is compared with.

    Args:
        key: its place in the configuration.
        layer: of the model.
        metric: updated with each output of the layer.
        target: the place of a part in a batch's targets or inputs, or `None`.
    """

    key: str
    layer: Any
    metric: keras.metrics.Metric
    target: Sequence[Any] | None


def watch(model: Any, metrics: Sequence[LayerMetric]) -> None:
    """Has layers keep what they give for as long as a loss is computed of it."""
    outputs: dict[int, list[Any]] = {id(one.layer): [] for one in metrics}

    def begin(call: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(call)
        def begun(*args: Any, **kwargs: Any) -> Any:
            for kept in outputs.values():
                kept.clear()
            return call(*args, **kwargs)

        return begun

    def keep(layer: Any, call: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(call)
        def kept(*args: Any, **kwargs: Any) -> Any:
            output = call(*args, **kwargs)
            outputs[id(layer)].append(output)
            return output

        return kept

    def update(compute_loss: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(compute_loss)
        def updated(x=None, y=None, y_pred=None, *args: Any, **kwargs: Any) -> Any:
            # Before the loss, which may call the model anew on something else.
            seen = {key: list(kept) for key, kept in outputs.items()}
            loss = compute_loss(x, y, y_pred, *args, **kwargs)
            for one in metrics:
                tell(one, seen[id(one.layer)] or outputs[id(one.layer)], x, y)
            for kept in outputs.values():
                kept.clear()
            return loss

        return updated

    model.call = begin(model.call)
    for layer in {id(one.layer): one.layer for one in metrics}.values():
        layer.call = keep(layer, layer.call)
    model.compute_loss = update(model.compute_loss)


def tell(one: LayerMetric, outputs: Sequence[Any], inputs: Any, targets: Any) -> None:
    """Updates a metric with each output of its layer.

    Raises:
        UserError: the layer was not called, or the metric does not take what it gave.
    """
    if not outputs:
        raise UserError(
            f"{one.key}: the layer {one.layer.name} is not called in a forward pass of the model, "
            "so it gives nothing to measure: name one that is"
        )
    for output in outputs:
        weights = mask_of(one, output)
        # On PyTorch a metric would go on to hold what the gradient needs of it.
        output = keras.tree.map_structure(keras.ops.stop_gradient, output)
        given = [output]
        try:
            if one.target is not None:
                tree: Any = {"targets": targets, "inputs": inputs}
                for key in one.target:
                    tree = tree[key]
                given = [tree, output]
            one.metric.update_state(*given, **weights)
        except Exception as error:
            raise UserError(
                f"{one.key}: {type(one.metric).__name__} cannot be told what the layer "
                f"{one.layer.name} gives: {one_line(error)}"
            ) from error


def mask_of(one: LayerMetric, output: Any) -> dict[str, Any]:
    """The mask of what a layer gave, as the weights that Keras gives metrics of outputs.

    Raises:
        UserError: the metric takes no weights, so it would count what was only filled up.
    """
    mask = get_keras_mask(output)
    if mask is None:
        return {}
    if "sample_weight" not in inspect.signature(one.metric.update_state).parameters:
        raise UserError(
            f"{one.key}: the layer {one.layer.name} gives places that are masked, and "
            f"{type(one.metric).__name__} takes no sample_weight, by which it would leave them out"
        )
    return {"sample_weight": keras.ops.cast(mask, "float32")}
