"""What must be the same of a Keras object that was saved and loaded."""

import inspect
from pathlib import Path
from typing import Any

import keras
import numpy as np

from triceras.engines.objective import objectives_of
from triceras.testing.inherited.differences import differing, host, plain

# Arguments of every layer, which Keras itself keeps.
OF_ALL_LAYERS = {"name", "dtype", "trainable", "autocast", "activity_regularizer"}


def check_config(thing: Any) -> None:
    """Checks that a configuration holds every argument of the object that it is of."""
    if type(thing).__module__.startswith("keras."):
        return
    parameters = inspect.signature(type(thing).__init__).parameters.values()
    named = {p.name for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)}
    missing = sorted(named - {"self"} - OF_ALL_LAYERS - set(thing.get_config()))
    assert not missing, (
        f"{type(thing).__name__}.get_config() lacks {', '.join(missing)}: it is made anew of its "
        "configuration where it is loaded, and has the usual values of these then"
    )


def disturb(model: keras.Model) -> None:
    """Gives all variables values that no initializer would, the optimizers' too."""
    generator = np.random.default_rng(0)
    optimizers = [objective.optimizer for objective in objectives_of(model)]
    for objective in objectives_of(model):
        if not objective.optimizer.built:
            objective.optimizer.build(objective.variables)
    for variable in [*model.variables, *(v for o in optimizers for v in o.variables)]:
        value = np.array(keras.ops.convert_to_numpy(variable.value))
        if value.dtype.kind == "f" and "learning_rate" not in variable.path:
            variable.assign(value + 0.1 * generator.random(value.shape).astype(value.dtype))


def check_saved(model: keras.Model, look: Any, folder: Path) -> None:
    """Saves a compiled model as a `.keras` file, and compares it with what is loaded of that.

    Args:
        model: built and compiled.
        look: a function of a model that returns tensors.
        folder: where the file goes.
    """
    check_config(model)
    disturb(model)
    path = folder / "model.keras"
    model.save(path)
    loaded: Any = keras.saving.load_model(path)
    assert type(loaded) is type(model), f"a {type(loaded).__name__} was loaded"
    before, after = (plain(m.get_config()) for m in (model, loaded))
    assert before == after, f"get_config() gives {after} after loading, and {before} before"
    lost = differing(*(((v.path, host(v)[0]) for v in m.weights) for m in (model, loaded)))
    assert not lost, f"weights are others after loading: {', '.join(lost)}"
    lost = differing(named_state(model), named_state(loaded))
    assert not lost, f"optimizers are others after loading: {', '.join(lost)}"
    # Keras keeps no random counters with a model.
    for variable, other in zip(loaded.variables, model.variables, strict=True):
        variable.assign(other)
    seen = [list(enumerate(host(look(m)))) for m in (model, loaded)]
    lost = differing(*([(f"output {i}", a) for i, a in outputs] for outputs in seen))
    assert not lost, f"the model that was loaded computes something else: {', '.join(lost)}"


def named_state(model: keras.Model) -> list[tuple[str, np.ndarray]]:
    """The variables of all optimizers."""
    optimizers = {id(o.optimizer): o.optimizer for o in objectives_of(model)}
    return [(v.path, host(v)[0]) for o in optimizers.values() for v in o.variables]
