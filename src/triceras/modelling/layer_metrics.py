"""Metrics of what a layer gives, whichever it is, as a configuration names them."""

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
from omegaconf import DictConfig, ListConfig, OmegaConf, open_dict

from triceras.config import build
from triceras.engines.own_steps import is_own
from triceras.errors import UserError
from triceras.modelling.layer_names import chosen, named_layers
from triceras.modelling.watched_layers import LayerMetric, watch

KEY = "model.layer_metrics"
TARGET = "target"


def add_layer_metrics(model: Any, config: Any, inputs: Any, targets: Callable[[], Any]) -> None:
    """Gives a model metrics of what its layers give.

    They are updated where the loss is computed, which all loops do within the compiled step.

    Args:
        model: built and compiled; it is changed.
        config: by the name of a layer, the configuration of a metric, or a list of such, each of
            which may have `target`, the name of a part among the inputs or targets.
        inputs: the parts that the model is given, a tree of names.
        targets: gives the same of the targets, or `None`.

    Raises:
        UserError: there is no such layer or part, or the model does not compute one loss by
            `compute_loss`.
    """
    if not isinstance(config, DictConfig):
        raise UserError(f"{KEY}={config} names no layers, as in {{hidden: {{_target_: ...}}}}")
    own = [name for name in ("train_step", "test_step") if is_own(model, name)]
    own += ["objectives"] if hasattr(model, "objectives") else []
    if own:
        raise UserError(
            f"{KEY}: {type(model).__name__} has {own[0]} of its own, which need not compute the "
            "loss by compute_loss, where metrics of layers are updated: make them there"
        )

    def parts() -> dict[str, Any]:
        return {"targets": targets(), "inputs": inputs}

    found = [made(model, name, key, one, parts) for name, key, one in entries(config)]
    for one in found:
        model._metrics.append(one.metric)
        if not any(metric is one.metric for metric in model.metrics):
            raise UserError(
                f"{one.key}: `metrics` of {type(model).__name__} leaves out what it did not name: "
                "let it return super().metrics too"
            )
    watch(model, found)


def without_targets(config: DictConfig) -> DictConfig:
    """A copy of a model's configuration for data that need not have what metrics compare with."""
    result = copy.deepcopy(config)
    if isinstance(result.get("layer_metrics"), DictConfig):
        with open_dict(result):
            for _, _, one in entries(result.layer_metrics):
                if isinstance(one, DictConfig):
                    one.pop(TARGET, None)
    return result


def entries(config: DictConfig) -> list[tuple[str, str, Any]]:
    """The name of a layer, the place in the configuration, and that of a metric, of each."""
    found = []
    for name, value in config.items():
        if isinstance(value, ListConfig):
            found += [(str(name), f"{KEY}.{name}[{i}]", one) for i, one in enumerate(value)]
        else:
            found.append((str(name), f"{KEY}.{name}", value))
    return found


def made(
    model: keras.Model, name: str, key: str, config: Any, parts: Callable[[], Any]
) -> LayerMetric:
    """A metric of a layer.

    Raises:
        UserError: it cannot be made, or a name means nothing or too much.
    """
    target = config.get(TARGET)
    rest: Any = OmegaConf.masked_copy(config, [str(k) for k in config if k != TARGET])
    metric = build(key, rest)
    if not isinstance(metric, keras.metrics.Metric):
        raise UserError(f"{key} makes a {type(metric).__name__}, which is no keras.metrics.Metric")
    place = None if target is None else place_of(target, key, parts())
    return LayerMetric(key, layer_called(model, name), metric, place)


def layer_called(model: keras.Model, name: str) -> Any:
    """The layer of a name or path.

    Raises:
        UserError: there is none or more than one, or it is called again and again within another.
    """
    layers = chosen(model, [name], KEY)
    if len(layers) > 1:
        told = ", ".join(path for path, _ in layers[:3])
        raise UserError(f"{KEY}: {name} are several layers, {told}: give the path of one")
    path, layer = layers[0]
    for other, holder in named_layers(model):
        if path.startswith(f"{other}/") and isinstance(holder, keras.layers.RNN):
            raise UserError(
                f"{KEY}.{name}: {path} is called within the loop of {other}, where what it gives "
                f"cannot be had: name {other}, with return_sequences=True for each step"
            )
    return layer


def place_of(part: str, key: str, parts: Any) -> Sequence[Any]:
    """The keys and numbers that lead to a part in `{"targets": ..., "inputs": ...}`.

    Raises:
        UserError: it is in neither.
    """
    places = paths(parts)
    for place, name in places:
        if name == part:
            return place
    names = dict.fromkeys(str(name) for _, name in places if name is not None)
    raise UserError(
        f"{key}.{TARGET}={part!r} is neither among the targets nor the inputs of the model, which "
        f"are {', '.join(names)}: name it in model.targets or model.inputs"
    )


def paths(tree: Any, before: tuple[Any, ...] = ()) -> list[tuple[tuple[Any, ...], Any]]:
    """The keys and numbers that lead to each leaf of a tree, and the leaf."""
    if isinstance(tree, Mapping):
        inner = tree.items()
    elif isinstance(tree, list | tuple):
        inner = enumerate(tree)
    else:
        return [(before, tree)]
    return [found for key, value in inner for found in paths(value, (*before, key))]
