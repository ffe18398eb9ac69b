"""Says that a model is given what it is to predict, or others than the data were told to give."""

import logging
from typing import Any

import numpy as np
from omegaconf import DictConfig, OmegaConf

from triceras.data.dataset import Dataset
from triceras.data.tree import leaves
from triceras.environment import typed_in
from triceras.modelling.named_parts import INPUTS, LABELS, inputs_of_model, targets_of

# Examples that are looked at, and how many tell anything.
SOME, ENOUGH = 256, 20
# Longer rows are pictures or spectra.
COLUMNS = 1000
# What rounding to float32 leaves, of the span of the label.
ROUNDING = 1e-5

log = logging.getLogger(__name__)


def tell_of_given_labels(config: DictConfig, data: Dataset) -> None:
    """Warns where a model is given the label that it is to predict.

    An input that is reconstructed, with others beside it, is none.

    Args:
        config: of the model.
        data: the data set.
    """
    own = config.get("inputs")
    if own is not None and "inputs" in typed_in("data"):
        log.warning(
            "data.inputs does not change what the model is given, as it says that by itself: set "
            "model.inputs (now %s), or model.inputs=null to have the data say it",
            OmegaConf.to_container(own) if OmegaConf.is_config(own) else own,
        )
    named = config.get("targets")
    if named is None or (named == INPUTS and INPUTS not in data.train.parts):
        return
    tree = inputs_of_model(config, data)
    inputs, targets = list(leaves(tree)), list(leaves(targets_of(named, tree, data)))
    labels = targets if named == LABELS else list(leaves(data.labels or "label"))
    given = [part for part in dict.fromkeys(inputs) if part in targets and part in labels]
    if given:
        log.warning(
            "the model is given %s, which it is to predict (model.targets=%s): what is measured is "
            "no prediction, unless it sees only a shifted or masked part of it; else leave it out "
            "of data.inputs and model.inputs",
            ", ".join(given),
            named,
        )
    elif not data.train.streamed:
        tell_of_columns(data, inputs, [part for part in targets if part not in inputs])


def tell_of_columns(data: Dataset, inputs: list[str], targets: list[str]) -> None:
    """Warns where a column of an input is a target, or is it but for its scale."""
    rows = data.train.take(slice(min(SOME, len(data.train))), list({*inputs, *targets}))
    for target in targets:
        label = column_of(rows[target])
        if label is None or len(label) < ENOUGH or np.ptp(label) == 0:
            continue
        for part in dict.fromkeys(inputs):
            places = np.flatnonzero([is_it(x, label) for x in columns_of(rows[part])])
            if not len(places):
                continue
            one = "" if rows[part].ndim == 1 else f"column {places[0]} (counted from 0) of "
            log.warning(
                "%sthe input %r tells the target %r exactly, in all of the first %d examples: is "
                "it the same column of the data? Then leave it out, as what is measured is no "
                "prediction",
                *(one, part, target, len(label)),
            )


def column_of(part: np.ndarray) -> np.ndarray | None:
    """A part that is one number an example, float64 `(rows,)`; `None` for another."""
    found = columns_of(part)
    return found[0] if len(found) == 1 else None


def columns_of(part: Any) -> np.ndarray:
    """The numbers of a table, float64 `(columns, rows)`; none of what is no table."""
    part = np.asarray(part)
    table = part[:, np.newaxis] if part.ndim == 1 else part
    if table.ndim != 2 or table.shape[1] > COLUMNS or table.dtype.kind not in "biuf":
        return np.zeros((0, len(part)))
    return table.astype(np.float64).T


def is_it(column: np.ndarray, label: np.ndarray) -> bool:
    """Whether a column is a label, but for a factor and a constant."""
    x, y = column - column.mean(), label - label.mean()
    squares = np.dot(x, x)
    if not (np.isfinite(squares) and np.all(np.isfinite(y)) and squares > 0):
        return False
    return bool(np.max(np.abs(y - np.dot(x, y) / squares * x)) <= ROUNDING * np.ptp(label))
