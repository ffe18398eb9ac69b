"""What a model is tested for before it is trained."""

import functools
from pathlib import Path
from typing import Any

import keras
import numpy as np
from omegaconf import DictConfig

from triceras.config import build
from triceras.engines import Engine, engine_class, objectives_of
from triceras.engines.metric_results import flattened
from triceras.engines.state import keep, restore, state_variables
from triceras.modelling.build import build_model
from triceras.modelling.metric_arrays import length
from triceras.modelling.preparation import prepare_batches
from triceras.modelling.set_up import set_up_keras
from triceras.testing.inherited.configuration import configuration
from triceras.testing.inherited.differences import host
from triceras.testing.inherited.harness import few_programs
from triceras.testing.inherited.serialization import check_saved
from triceras.testing.inherited.subjects import Subject

ROWS = 8
# Steps in which each variable must have had a gradient: one that is multiplied by a weight which
# begins at 0 has none in the first.
TRIES = 3


class BuiltModel:
    """A model, compiled, and a small batch of its data.

    Args:
        subject: a model or an experiment.
        backend: the backend of this process.
    """

    def __init__(self, subject: Subject, backend: str):
        self.config, self.deviations = configuration(subject, backend)
        keras.utils.clear_session(free_memory=False)  # which takes long in a long process
        set_up_keras(self.config)
        self.data = build("data", self.config.data)
        config = self.config
        self.model = build_model(config.model, config.optimizer, self.data, config.max_steps)
        # Looked at here, as other tests that share it draw with it, in any order.
        self.drawn = [
            v.path
            for v in self.model.non_trainable_variables
            if "seed_generator_state" in v.path and np.any(host(v)[0][1:])
        ]
        self.batch = prepare_batches(config.model, self.data, config.get("augment"))
        self.rows = self.data.train.take(slice(ROWS), self.batch.parts)

    def check_build(self) -> None:
        """Checks that building drew no random numbers, and that a batch has a finite loss."""
        assert not self.drawn, f"building drew random numbers: {', '.join(self.drawn)}"
        results = self.results(self.model)
        for name, value in results.items():
            assert np.isfinite(value), f"{name} is {value}"
        missing = names_of(self.config.model.metrics) - {*results, *arrays_of(self.model)}
        assert not missing, f"metrics of the configuration are not reported: {sorted(missing)}"

    def check_serialization(self, folder: Path) -> None:
        """Checks that the model is the same once it was saved and loaded."""
        # It makes weights so large that a loss of other tests would have no gradient.
        kept = keep(state_variables(self.model, objectives_of(self.model)))
        try:
            check_saved(self.model, self.look, folder)
        finally:
            restore(kept)

    def check_gradients(self) -> None:
        """Checks that each objective has a gradient by each of its variables."""
        engine = self.engine
        engine.try_first_batch(self.rows)
        objectives = {objective.name: objective.variables for objective in engine.objectives}
        free = self.deviations.get("no_gradient", [])
        missing = {
            (name, v.path)
            for name, variables in objectives.items()
            for v in variables
            if not any(part in v.path for part in free)
        }
        for _ in range(TRIES):
            engine.load_state()
            for name, gradients in engine.gradients(self.rows, np.array([1, 2], "int32")).items():
                for variable, gradient in zip(objectives[name], gradients, strict=True):
                    path = variable.path
                    assert np.all(np.isfinite(gradient)), f"{path}: gradient is not finite"
                    if np.any(gradient):
                        missing.discard((name, path))
            if not missing:
                return
            for variable in self.model.trainable_variables:
                variable.assign(host(variable)[0] + 1e-3)
        told = ", ".join(f"{path} (of {name})" for name, path in sorted(missing))
        raise AssertionError(
            f"no gradient reaches {told}: nothing would train them; use them in call, or name them "
            "in tests.no_gradient"
        )

    def look(self, model: Any) -> list[Any]:
        """Outputs, losses and metrics of the batch, in inference."""
        outputs = keras.tree.flatten(
            model(self.batch.for_testing(self.rows).inputs, training=False)
        )
        return [*outputs, *self.results(model).values()]

    def results(self, model: Any) -> dict[str, float]:
        """The losses and metrics of the batch, in inference."""
        engine = self.engine if model is self.model else self.new_engine(model)
        engine.load_state()
        return engine.evaluate(engine.put(self.rows), ROWS)

    @functools.cached_property
    def engine(self) -> Engine:
        """What computes with the model, and has compiled what it was asked before."""
        return self.new_engine(self.model)

    def new_engine(self, model: Any) -> Engine:
        return engine_class()(model, self.batch, compile=few_programs())


def arrays_of(model: keras.Model) -> set[str]:
    """The metrics of a model that give an array, as a number for each class: `<name>_0`, ...

    Args:
        model: compiled, after a first batch.
    """
    unmended: Any = getattr(keras.Model.get_metrics_result, "__wrapped__", None)
    results = unmended(model) if unmended else model.get_metrics_result()
    return {name for name, value in flattened(results) if length(value)}


def names_of(metrics: Any, output: str | None = None) -> set[str]:
    """What metrics of a configuration are called that say their names.

    Args:
        metrics: a list of metrics, or a dictionary of lists or of single ones by output.
        output: whose they are.
    """
    if metrics is None:
        return set()
    if isinstance(metrics, DictConfig) and "_target_" not in metrics:
        return {name for key, one in metrics.items() for name in names_of(one, str(key))}
    several = [metrics] if isinstance(metrics, DictConfig) else metrics
    names = [metric.name for metric in several if metric and "name" in metric]
    return {f"{output}_{name}" if output else name for name in names}
