"""The lines of the table, and what Keras has that is in none."""

import keras

from triceras.keras_table import layers, optimizers, weights
from triceras.keras_table.case import Case, exported

KINDS = ("layer", "optimizer", "constraint", "regularizer")


def cases() -> dict[tuple[str, str], Case]:
    """All models, by kind and name."""
    return {
        **{("layer", name): case for name, case in layers.LAYERS.items()},
        **{("optimizer", name): case for name, case in optimizers.cases()},
        **{
            ("constraint", name): weights.of_kernels("constraint", make)
            for name, make in weights.CONSTRAINTS.items()
        },
        **{
            ("regularizer", name): weights.of_kernels("regularizer", make)
            for name, make in weights.REGULARIZERS.items()
        },
    }


def not_in_the_table() -> list[str]:
    """What Keras exports of these kinds, and options of it, that no model has."""
    kinds = {
        "layer": exported(keras.layers, keras.Layer),
        "constraint": exported(keras.constraints, keras.constraints.Constraint),
        "regularizer": exported(keras.regularizers, keras.regularizers.Regularizer),
    }
    known = {(kind, name.split()[0]) for kind, name in cases()}
    known |= {("layer", name) for name in layers.WHY_NOT}
    missing = [f"{k} {name}" for k, names in kinds.items() for name in names]
    return sorted(name for name in missing if tuple(name.split()) not in known) + [
        f"optimizer option or schedule {name}" for name in optimizers.unknown()
    ]
