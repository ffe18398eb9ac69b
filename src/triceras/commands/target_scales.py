"""What is said of predictions of a part that a run has scaled, as it was trained on that."""

import dataclasses
import logging
from collections.abc import Collection
from typing import Any

import numpy as np

from triceras.checkpoints.finished import Run
from triceras.checkpoints.other_data import NORMALIZATION
from triceras.data.dataset import Dataset, Split
from triceras.data.tree import leaves
from triceras.errors import UserError
from triceras.modelling.named_parts import targets_of
from triceras.runs import data_file

log = logging.getLogger(__name__)


def tell_of_scales(run: Run, inputs: Any) -> None:
    """Says on which scale predictions are, where `data.normalize` has one of a target.

    Args:
        run: its outputs are predicted.
        inputs: the parts that its model is given, a tree.
    """
    known = (data_file.kept(run.folder) or {}).get(NORMALIZATION, {})
    for name in targets(run.config.model.get("targets"), inputs, run.data, known):
        scale = known.get(name)
        if scale is None:
            continue
        mean, deviation = (scale[key] for key in ("mean", "deviation"))
        how = "multiply by the deviations in its data.json and add the means"
        if not isinstance(mean, list) or len(mean) == 1:
            mean, deviation = (x[0] if isinstance(x, list) else x for x in (mean, deviation))
            how = f"multiply by {deviation:.8g} and add {mean:.8g}"
        log.warning(
            "the run was trained on %s with mean 0 and deviation 1 (data.normalize), and so are "
            "predictions of it: %s to have them as in the data",
            *(name, how),
        )


def targets(config: Any, inputs: Any, data: Dataset, known: Collection[str]) -> list[str]:
    """The parts that outputs of a model were compared with in training.

    Args:
        config: `model.targets`.
        inputs: the parts that the model is given, a tree.
        data: those that are predicted.
        known: the parts of the run's own data that have a scale.
    """
    missing = [name for name in known if name not in data.train.parts]
    if missing:
        # What data lack that are only predicted is what they would be compared with.
        names = Split({name: np.zeros(1) for name in [*leaves(inputs), *missing]})
        data = dataclasses.replace(data, train=names)
    try:
        found = targets_of(config, inputs, data, there=False)
    except UserError:
        # Nothing says which of several parts the labels were.
        return []
    return [] if found is None else list(leaves(found))
