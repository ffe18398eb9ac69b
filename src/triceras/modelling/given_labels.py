"""Says that a model is given what it is to predict, or others than the data were told to give."""

import itertools
import logging
from typing import Any

import numpy as np
from omegaconf import DictConfig, OmegaConf

from triceras.data.dataset import Dataset, Split
from triceras.data.row_hashes import some_of
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
    own = OmegaConf.to_container(own) if OmegaConf.is_config(own) else own
    said = OmegaConf.to_container(data.inputs) if OmegaConf.is_config(data.inputs) else data.inputs
    if own is not None and own != said and "inputs" in typed_in("data"):
        log.warning(
            "data.inputs does not change what the model is given, as it says that by itself: set "
            "model.inputs (now %s), or model.inputs=null to have the data say it",
            own,
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
    else:
        tell_of_columns(data.train, inputs, targets)


def tell_of_columns(split: Split, inputs: list[str], targets: list[str]) -> None:
    """Warns where a column of an input is a target, or is it but for its scale."""
    columns = [part for part in dict.fromkeys(inputs) if is_table(split, part, COLUMNS)]
    labels = [part for part in targets if part not in inputs and is_table(split, part, 1)]
    names = [*columns, *labels]
    count = min(SOME, some_of(split, names)) if columns and labels else 0
    if count < ENOUGH:
        return
    rows = {name: columns_of(part) for name, part in split.take(slice(count), names).items()}
    for target in labels:
        for part in columns:
            pairs = itertools.product(rows[part], rows[target])
            places = [place for place, pair in enumerate(pairs) if is_it(*pair)]
            if not places:
                continue
            one = f"column {places[0]} (counted from 0) of " if split.shape(part) else ""
            log.warning(
                "%sthe input %r tells the target %r exactly, in all of the first %d examples: is "
                "it the same column of the data? Then leave it out, as what is measured is no "
                "prediction",
                *(one, part, target, count),
            )


def is_table(split: Split, part: str, most: int) -> bool:
    """Whether an example of a part is a number, or a row of at most so many."""
    shape = split.shape(part)
    return shape == () or (len(shape) == 1 and shape[0] is not None and shape[0] <= most)


def columns_of(part: Any) -> np.ndarray:
    """The numbers of a table, float64 `(columns, rows)`; none of texts."""
    part = np.asarray(part)
    if part.dtype.kind not in "biuf":
        return np.zeros((0, len(part)))
    return part.reshape(len(part), -1).astype(np.float64).T


def is_it(column: np.ndarray, label: np.ndarray) -> bool:
    """Whether a column is a label, but for a factor and a constant."""
    if not (np.all(np.isfinite(column)) and np.all(np.isfinite(label))):
        return False
    x, y = column - column.mean(), label - label.mean()
    squares = np.dot(x, x)
    if not (np.ptp(label) > 0 and np.isfinite(squares) and squares > 0):
        return False
    return bool(np.max(np.abs(y - np.dot(x, y) / squares * x)) <= ROUNDING * np.ptp(label))
