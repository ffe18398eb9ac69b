"""All cases, by the part of Keras that they are of, and what of it is in none."""

import inspect
from types import ModuleType

import keras

from triceras.keras_table.layers import WHY_NOT
from triceras.keras_table.operations import (
    expressions,
    of_core,
    of_layers,
    of_networks,
    of_numpy,
    of_objectives,
)
from triceras.keras_table.operations.left_out import LEFT_OUT

SECTIONS: dict[str, tuple[ModuleType, tuple[str, ...]]] = {
    "ops": (
        keras.ops,
        (
            of_core.CORE,
            of_core.MATH,
            of_core.LINALG,
            of_numpy.ELEMENTWISE,
            of_numpy.BINARY,
            of_numpy.REDUCTIONS,
            of_numpy.SHAPES,
            of_networks.ACTIVATIONS,
            of_networks.NN,
        ),
    ),
    "image": (keras.ops.image, (of_networks.IMAGE,)),
    "activations": (keras.activations, (of_networks.EXPORTED_ACTIVATIONS,)),
    "losses": (keras.losses, (of_objectives.LOSSES,)),
    "metrics": (keras.metrics, (of_objectives.METRICS,)),
    "layers": (
        keras.layers,
        (
            of_layers.CONVOLUTIONS,
            of_layers.RECURRENT,
            of_layers.ATTENTION,
            of_layers.NORMALIZATIONS,
            of_layers.REST,
        ),
    ),
}


def cases() -> dict[tuple[str, str], ModuleType]:
    """The part of Keras, by its name and an expression of it."""
    return {
        (section, expression): module
        for section, (module, templates) in SECTIONS.items()
        for template in templates
        for expression in expressions.expanded(template)
    }


def not_computed() -> list[str]:
    """What Keras exports that is in no case, and that nothing says why."""
    known: dict[str, set[str]] = {section: set() for section in SECTIONS}
    for section, expression in cases():
        known[section] |= expressions.names(expression)
    missing = []
    for section, (module, _) in SECTIONS.items():
        for name in exported(module):
            # Several have two names.
            others = {other for other, it in vars(module).items() if it is getattr(module, name)}
            left = name in LEFT_OUT.get(section, {}) or (section == "layers" and name in WHY_NOT)
            if not others & known[section] and not left:
                missing.append(f"{section} {name}")
    return sorted(missing)


def exported(module: ModuleType) -> list[str]:
    """The functions and classes that a part of Keras exports."""
    return [
        name
        for name, it in vars(module).items()
        if not name.startswith("_") and (inspect.isclass(it) or inspect.isfunction(it))
    ]
