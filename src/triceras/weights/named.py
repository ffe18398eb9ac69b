"""The names by which a model's weights may be known in a file."""

import dataclasses
from typing import Any

import keras

from triceras.modelling.layer_names import named_layers


@dataclasses.dataclass
class Named:
    """A weight of a model.

    Args:
        variable: it.
        layer: the path of the layer that holds it; nothing for the model itself.
        names: what it may be called: by the layers that hold it, by Keras's own path, and by its
            number within its layer.
    """

    variable: Any
    layer: str
    names: tuple[str, str, str]

    @property
    def name(self) -> str:
        """What it is called for people."""
        return self.names[0]


def named_weights(model: keras.Model) -> list[Named]:
    """All weights of a model, moving averages too, each once; random counters are none."""
    found: dict[int, Named] = {}
    layers: list[tuple[str, Any]] = [("", model), *named_layers(model)]
    for path, layer in layers:
        place = f"{path}/" if path else ""
        for i, variable in enumerate(layer._trainable_variables + layer._non_trainable_variables):
            names = (f"{place}{variable.name}", variable.path, f"{place}{i}")
            found.setdefault(id(variable), Named(variable, path, names))
    return [found[id(v)] for v in model.weights if id(v) in found]
