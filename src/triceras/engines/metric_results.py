"""What a model's metrics say, by the names that Keras's `fit` gives them, and checked."""

import logging
from collections.abc import Iterator, Sequence
from typing import Any

import keras
import numpy as np

from triceras.errors import UserError
from triceras.modelling.metric_arrays import one_by_one

log = logging.getLogger(__name__)

# Beside the metrics of an epoch these are columns of `epochs.csv`.
COLUMNS = ("epoch", "step")
PREFIXES = ("val_", "test_")


def metric_results(model: keras.Model, compiled: bool = False) -> dict[str, Any]:
    """The results of all metrics; those of a dictionary stand each for itself, as in `fit`.

    Args:
        model: compiled.
        compiled: whether this is traced, so that what Python computes would stay what it is now.

    Raises:
        UserError: a result is computed by Python, and never again.
    """
    results = dict(flattened(model.get_metrics_result()))
    for name, value in results.items():
        if isinstance(value, bool | int | float | np.generic):
            if compiled:
                raise UserError(
                    f"the metric {name!r} gives a number of Python's, which a compiled step "
                    "computes once and never again: keep what it counts in self.add_variable and "
                    "compute with keras.ops, or set compile=false"
                )
            results[name] = keras.ops.convert_to_tensor(value, "float32")
    return results


def flattened(results: dict[Any, Any]) -> Iterator[tuple[Any, Any]]:
    """The names and values of a dictionary and of those in it."""
    for name, value in results.items():
        if isinstance(value, dict):
            yield from flattened(value)
        else:
            yield name, value


def check_metrics(model: keras.Model, compiled: bool = False) -> None:
    """Checks that a model's metrics can be told apart and are numbers, once they exist.

    Args:
        model: compiled, after its first batch.
        compiled: as of `metric_results`.

    Raises:
        UserError: they are not.
    """
    for name, value in flattened(model.get_metrics_result()):
        check_name(name)
        check_value(name, value)
    # Keras lists a metric once for each way that leads to it.
    metrics = {id(metric): metric for metric in model.metrics}.values()
    check_apart([names_of(metric) for metric in metrics])
    metric_results(model, compiled)


def names_of(metric: keras.metrics.Metric) -> list[str]:
    """The names that a metric gives results."""
    result: Any = metric.result()
    results = result if isinstance(result, dict) else {metric.name: result}
    return [name for name, _ in flattened(one_by_one(results))]


def check_name(name: Any) -> None:
    """Checks a metric's name.

    Raises:
        UserError: it is none, or something else is called so.
    """
    if not isinstance(name, str) or not name.strip() or not name.isprintable():
        raise UserError(f"a metric is called {name!r}: give it a name, of text in one line")
    if name in COLUMNS:
        raise UserError(
            f"a metric is called {name!r}, as the {name} is in epochs.csv: give it another name"
        )


def check_value(name: str, value: Any) -> None:
    """Checks that a metric's result is one number.

    Raises:
        UserError: it is not.
    """
    if isinstance(value, bool | int | float):
        return
    if isinstance(value, np.ndarray | np.generic) or keras.ops.is_tensor(value):
        shape = tuple(value.shape)
        if not shape and keras.backend.standardize_dtype(value.dtype) != "string":
            return
        what = f"an array of shape {shape}" if shape else "a text"
    elif isinstance(value, list | tuple):
        what = f"a {type(value).__name__} of {len(value)}"
    else:
        what = "nothing" if value is None else f"{value!r}, a {type(value).__name__}"
    raise UserError(
        f"the metric {name!r} gives {what}, which is not one number: let its result() return a "
        "scalar, an array with one axis, or a dictionary of names and of these"
    )


def check_apart(groups: Sequence[Sequence[str]]) -> None:
    """Checks that no name hides another.

    Args:
        groups: the names that each metric gives, in the order of `model.metrics`.

    Raises:
        UserError: one does.
    """
    names = [name for group in groups for name in group]
    # Keras's own comes first, and gives way to another one of its name, as it does in `fit`.
    others = names[1:] if names[:1] == ["loss"] else names
    if len(others) < len(names) and "loss" in others:
        log.warning(
            "a metric of the model is called 'loss': in epochs.csv and for monitor= it stands in "
            "the place of the mean of what is minimised, as in Keras's fit"
        )
    twice = sorted({name for name in others if others.count(name) > 1})
    if twice:
        raise UserError(
            f"two metrics of this model are called {', '.join(map(repr, twice))}, and one would "
            "hide the other: give each a name of its own"
        )
    for prefix in PREFIXES:
        hidden = [
            name for name in names if name.startswith(prefix) and name[len(prefix) :] in names
        ]
        if hidden:
            raise UserError(
                f"the metric {hidden[0]!r} is called as the result of {hidden[0][len(prefix) :]!r} "
                f"on other data is, {prefix}<metric>: give it another name"
            )
