"""The whole state of a run at one moment, apart from any backend."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from triceras.bits import same_bits
from triceras.checkpoints import (
    callback_state,
    changed_constants,
    host_random,
    trainability,
    variables,
)
from triceras.checkpoints.callback_changes import Begun
from triceras.engines.draws import found_generators
from triceras.engines.objective import objectives_of
from triceras.engines.optimizer_variables import build_optimizers, is_taken_in
from triceras.engines.state import follow_statistics, state_variables

MODEL, METRICS, GENERATORS = "model", "metrics", "generators"


@dataclasses.dataclass(frozen=True)
class Position:
    """Where a run is.

    Args:
        step: steps taken in all.
        epoch: the epoch that comes or is under way; counts from 0.
        step_in_epoch: steps of it that are taken.
        stopped: a callback has ended the training.
    """

    step: int = 0
    epoch: int = 0
    step_in_epoch: int = 0
    stopped: bool = False


@dataclasses.dataclass
class Snapshot:
    """What a checkpoint holds.

    Args:
        arrays: every variable's value, the random generators and the callbacks' arrays, by name.
        document: what else there is, for JSON.
    """

    arrays: dict[str, np.ndarray]
    document: dict[str, Any]

    @property
    def position(self) -> Position:
        return Position(**self.document["position"])

    def at(self, position: Position, **more: Any) -> "Snapshot":
        """The same at another position, with more in its document."""
        document = {**self.document, "position": dataclasses.asdict(position), **more}
        return Snapshot(self.arrays, document)


def take(
    model: keras.Model,
    callbacks: Sequence[keras.callbacks.Callback],
    position: Position,
    begun: Begun | None = None,
) -> Snapshot:
    """Copies the state of a run.

    Args:
        model: compiled and built; its Keras variables are up to date.
        callbacks: those that remember something.
        position: where the run is.
        begun: how the callbacks were when training began.
    """
    taken = take_groups(model, groups(model))
    host, host_document = host_random.take()
    remembered, callback_document = callback_state.take(callbacks, begun)
    return Snapshot(
        taken.arrays | host | remembered,
        {
            "position": dataclasses.asdict(position),
            "backend": keras.backend.backend(),
            "keras": keras.__version__,
            "trainable": trainability.take(model),
            "random": host_document,
            "callbacks": callback_document,
            **taken.document,
        },
    )


def take_model(model: keras.Model) -> Snapshot:
    """Copies what `give_model` gives back, and no more.

    Args:
        model: compiled and built; its Keras variables are up to date.
    """
    return take_groups(model, {MODEL: groups(model)[MODEL]})


def take_groups(model: keras.Model, some: dict[str, list[keras.Variable]]) -> Snapshot:
    """Copies variables by their groups, and the constants that were changed."""
    arrays: dict[str, np.ndarray] = {}
    paths = {}
    for name, group in some.items():
        values, paths[name] = variables.take(group, name)
        arrays |= values
    changed: dict[str, np.ndarray] = {}
    constants = changed_constants.take(model, changed)
    return Snapshot(arrays | changed, {"variables": paths, "constants": constants})


def give_model(model: keras.Model, snapshot: Snapshot) -> None:
    """Gives a model its weights, moving averages and random counters back, and changed constants.

    Args:
        model: compiled and built.
        snapshot: of the same model, on whatever backend it was taken.

    Raises:
        UserError: it is of another model.
    """
    paths = snapshot.document["variables"][MODEL]
    variables.give(groups(model)[MODEL], snapshot.arrays, paths, MODEL)
    changed_constants.give(model, snapshot.document.get("constants"), snapshot.arrays)
    follow_statistics(model)


def is_model(model: keras.Model, snapshot: Snapshot) -> bool:
    """Whether a model is, bit for bit, what `give_model` would make it."""
    now = take_model(model)
    if now.document["constants"] != snapshot.document["constants"]:
        return False
    return all(same_bits(value, snapshot.arrays[name]) for name, value in now.arrays.items())


def give(
    model: keras.Model, callbacks: Sequence[keras.callbacks.Callback], snapshot: Snapshot
) -> None:
    """Gives a run back the state that `take` copied.

    Raises:
        UserError: it is of another model.
    """
    paths = snapshot.document["variables"]
    groups(model)  # It builds the optimizers.
    trainability.give(model, snapshot.document.get("trainable"))
    for name, group in groups(model).items():
        # What a metric keeps is mended now and then, and more is found of what an optimizer reads,
        # which was a constant before: neither is a reason to refuse a run.
        new = is_taken_in if name != METRICS else lambda variable: True
        variables.give(group, snapshot.arrays, paths.get(name, ()), name, new)
    changed_constants.give(model, snapshot.document.get("constants"), snapshot.arrays)
    follow_statistics(model)
    host_random.give(snapshot.arrays, snapshot.document["random"])
    callback_state.give(callbacks, snapshot.arrays, snapshot.document["callbacks"])


def groups(model: keras.Model) -> dict[str, list[keras.Variable]]:
    """The variables of a run: the model's, its metrics', each objective's optimizer's, and more."""
    objectives = objectives_of(model)
    build_optimizers(model)
    metrics = {id(variable) for variable in model.metrics_variables}
    # They are found by a first step only, which a model that is loaded has not taken.
    found = {id(v) for v in found_generators(model)}
    everything = state_variables(model, objectives)
    return {
        MODEL: [v for v in everything if id(v) not in metrics | found],
        METRICS: [v for v in everything if id(v) in metrics],
        GENERATORS: [v for v in everything if id(v) in found],
        **{f"optimizer/{o.name}": list(o.optimizer.variables) for o in objectives},
    }
