"""Gives a new model the weights that a run, or anyone, has left in a file."""

import dataclasses
import hashlib
import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import keras
import numpy as np

from triceras.engines.state import follow_statistics
from triceras.errors import UserError
from triceras.modelling.layer_names import chosen, matches, patterns_of
from triceras.nearest import nearest
from triceras.shortened import shortened
from triceras.weights.files import read_weights, weights_file
from triceras.weights.found import Found
from triceras.weights.matching import Pairs, last, pair
from triceras.weights.named import Named, named_weights

log = logging.getLogger(__name__)

KEY = "model.weights"


@dataclasses.dataclass
class Source:
    """What a configuration says under `model.weights`.

    Args:
        path: a run folder or a file.
        layers: the layers that are given weights, by patterns of their names; nothing for all.
    """

    path: str
    layers: list[str]


def source_of(config: Any) -> Source | None:
    """Reads `model.weights`.

    Raises:
        UserError: it is neither a path nor a `path` with `layers`.
    """
    if config is None:
        return None
    if isinstance(config, str):
        return Source(config, [])
    if not isinstance(config, Mapping) or not isinstance(config.get("path"), str):
        raise UserError(f"{KEY}={config} names no file: give a path, or path and layers")
    others = sorted(map(str, set(config) - {"path", "layers"}))
    if others:
        raise UserError(f"{KEY}.{others[0]} has no effect: {KEY} has path and layers")
    return Source(config["path"], patterns_of(config.get("layers"), f"{KEY}.layers"))


def identity(config: Any) -> dict[str, Any] | None:
    """What `run.json` says of the weights that a run began with."""
    source = source_of(config)
    if source is None:
        return None
    file = weights_file(source.path)
    with open(file, "rb") as content:
        sha256 = hashlib.file_digest(content, "sha256").hexdigest()
    return {"path": source.path, "file": str(file), "layers": source.layers, "sha256": sha256}


def give_weights(model: keras.Model, config: Any) -> None:
    """Gives a model the weights that a configuration names.

    Args:
        model: built.
        config: a path, or a `path` with `layers`; see `Source`.

    Raises:
        UserError: there are none, they do not fit, or a layer would be given some of its weights.
    """
    source = source_of(config)
    if source is None:
        return
    found = read_weights(weights_file(source.path), model)
    every = named_weights(model)
    pairs = pair(found, every)
    wanted = [i for i, weight in enumerate(every) if is_wanted(weight, source.layers)]
    if source.layers:
        chosen(model, source.layers, f"{KEY}.layers")
    taken = {i: pairs[i] for i in wanted if i in pairs}
    check_taken(source, found, every, taken)
    check_lora(source, found, every, taken)
    for i, place in taken.items():
        check_fits(source, found.names[place], found.arrays[place], every[i])
    for i, place in taken.items():
        variable: Any = every[i].variable
        variable.assign(np.asarray(found.arrays[place]).astype(variable.dtype))
    follow_statistics(model)
    tell(source, found, every, taken)


def is_wanted(weight: Named, patterns: Sequence[str]) -> bool:
    """Whether a weight is of a layer that is named, or within one."""
    parts = weight.layer.split("/")
    paths = ["/".join(parts[: n + 1]) for n in range(len(parts))]
    return not patterns or any(matches(path, pattern) for path in paths for pattern in patterns)


def check_taken(source: Source, found: Found, every: Sequence[Named], taken: Pairs) -> None:
    """Checks that there is something for each layer that was named, and for all of a layer.

    Raises:
        UserError: there is not.
    """
    for pattern in source.layers or [""]:
        some = {i: w for i, w in enumerate(every) if not pattern or is_wanted(w, [pattern])}
        if not some.keys() & taken.keys():
            near = [n for w in some.values() for n in nearest(w.name, found.names)][:1]
            cure = f"{near[0]} is the nearest" if near else f"it has {shortened(found.names)}"
            raise UserError(
                f"{KEY}={source.path} has nothing for {pattern or 'this model'}, whose weights are "
                f"{shortened([w.name for w in some.values()])}: {cure}"
            )
    layers = {every[i].layer for i in taken}
    for i, weight in enumerate(every):
        if weight.layer in layers and i not in taken and not is_lora(weight.name):
            given = next(every[j].name for j in taken if every[j].layer == weight.layer)
            raise UserError(
                f"{KEY}={source.path} has {given} and no {last(weight.name)} of the same layer: "
                f"call it {weight.name} there, or name other layers in {KEY}.layers"
            )


def check_lora(source: Source, found: Found, every: Sequence[Named], taken: Pairs) -> None:
    """Checks that no layer is given a kernel without the LoRA that was trained beside it.

    Raises:
        UserError: one would be.
    """
    apart = [name for place, name in enumerate(found.names) if place not in taken.values()]
    for name in filter(is_lora, apart):
        for i, place in taken.items():
            if layer_of(found.names[place]) == layer_of(name) and not is_lora(every[i].name):
                raise UserError(
                    f"{KEY}={source.path} has {name}, without which {every[i].name} is what it was "
                    "before it was fine-tuned: give the .keras file of that run's checkpoints, "
                    "whose kernels hold it, or enable LoRA of the same rank in the model"
                )


def is_lora(name: str) -> bool:
    """Whether a weight is of what Keras's `enable_lora` adds to a layer."""
    return last(name).startswith("lora_")


def layer_of(name: str) -> str:
    """The name of a weight without its last part."""
    return name.rpartition("/")[0]


def check_fits(source: Source, name: str, array: np.ndarray, weight: Named) -> None:
    """Checks that a value can be given to a weight.

    Raises:
        UserError: it cannot.
    """
    wanted = tuple(weight.variable.shape)
    if array.shape != wanted:
        raise UserError(
            f"{KEY}={source.path}: {name} has the shape {array.shape}, and {weight.name} wants "
            f"{wanted}: name in {KEY}.layers those that fit, or change the model"
        )
    if is_float(array.dtype) != is_float(weight.variable.dtype):
        raise UserError(
            f"{KEY}={source.path}: {name} is {array.dtype}, and {weight.name} is "
            f"{weight.variable.dtype}"
        )


def is_float(dtype: Any) -> bool:
    """Whether values are real numbers; bfloat16 is among them, of which NumPy does not know."""
    return str(dtype).startswith(("float", "bfloat"))


def tell(source: Source, found: Found, every: Sequence[Named], taken: Pairs) -> None:
    """Says what was taken, what stayed as it was, and what is left in the file."""
    left = [layer_or_self(w) for i, w in enumerate(every) if i not in taken]
    unused = [name for i, name in enumerate(found.names) if i not in taken.values()]
    line = f"{KEY}={source.path}: {len(taken)} of {len(every)} weights taken"
    line += f"; as initialised: {shortened(once(left))}" if left else ""
    line += f"; not used: {shortened(unused)}" if unused else ""
    log.info(line)
    print(line)


def layer_or_self(weight: Named) -> str:
    """What a weight is of, for people."""
    return weight.name if is_lora(weight.name) else weight.layer or weight.name


def once(names: Iterable[str]) -> list[str]:
    """Names without those that came before."""
    return list(dict.fromkeys(names))
