"""What is said of predictions of a part that a run has scaled, as it was trained on that."""

import logging
from collections.abc import Collection
from typing import Any

from omegaconf import DictConfig, OmegaConf

from triceras.checkpoints.finished import Run
from triceras.checkpoints.other_data import NORMALIZATION
from triceras.data.tree import leaves
from triceras.runs import data_file

log = logging.getLogger(__name__)


def tell_of_scales(run: Run, inputs: Collection[str]) -> None:
    """Says on which scale predictions are, where `data.normalize` has one of a target.

    Args:
        run: its outputs are predicted.
        inputs: the parts that its model is given.
    """
    known = (data_file.kept(run.folder) or {}).get(NORMALIZATION, {})
    for name in targets(run.config.model, inputs, known):
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


def targets(model: DictConfig, inputs: Collection[str], known: Collection[str]) -> list[str]:
    """The parts that outputs of a model are compared with in training, of those with a scale."""
    wanted: Any = model.get("targets")
    wanted = OmegaConf.to_container(wanted) if OmegaConf.is_config(wanted) else wanted
    found = [] if wanted is None else list(leaves(wanted))
    if "inputs" in found:
        found += inputs
    if "labels" in found:
        found += [name for name in known if name not in inputs]
    return list(dict.fromkeys(found))
