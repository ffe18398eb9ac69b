"""Says of weights of examples that some are below 0, or that none is above."""

import logging
from collections.abc import Mapping

import numpy as np

from triceras.data.batch import BatchPreparation
from triceras.data.dataset import Split
from triceras.data.tree import leaves
from triceras.errors import UserError

TRAINING = "training"

log = logging.getLogger(__name__)


def check_weights_of_examples(
    batch: BatchPreparation, splits: Mapping[str, Split | None], trains: bool = True
) -> None:
    """Looks at the weights of examples that are in memory.

    Weights below 0 are warned of and not refused, as those of simulated events and of advantages
    are meant so.

    Args:
        batch: names the parts that hold them.
        splits: by what messages call them; `TRAINING` is the one that is trained on.
        trains: whether any is.

    Raises:
        UserError: no example that is trained on has any weight.
    """
    names = [] if batch.sample_weight is None else dict.fromkeys(leaves(batch.sample_weight))
    for part in names:
        told, below = f"{part}, which model.sample_weight names,", []
        for name, split in splits.items():
            if split is None or split.buckets is not None or not split.in_memory([part]):
                continue
            weights = np.asarray(split[part])
            if count := np.count_nonzero(weights < 0):
                below.append(f"{count:,} of {weights.size:,} times in the {name} data")
            if np.any(weights):
                continue
            if trains and name == TRAINING and all(is_0(splits[name], other) for other in names):
                raise UserError(
                    f"{told} is 0 in all of the {name} data, so that nothing would be learned: "
                    "give some a weight above 0, or set model.sample_weight=null"
                )
            log.warning(f"{told} is 0 in all of the {name} data: a loss of 0 there says nothing")
        if below:
            log.warning(
                f"{told} is below 0 {', '.join(below)}: the worse such an example is predicted, "
                "the lower is the loss; a weight of 0 leaves it out"
            )


def is_0(split: Split | None, part: str) -> bool:
    """Whether a part that is in memory is 0 everywhere."""
    return split is not None and split.in_memory([part]) and not np.any(np.asarray(split[part]))
