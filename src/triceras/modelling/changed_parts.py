"""Which parts augmentations change, of which nothing is known by the data."""

import logging
from collections.abc import Iterable
from typing import Any

import numpy as np

from triceras.bits import same_bits
from triceras.data.augment_checks import is_shipped, name_of
from triceras.data.batch import BatchPreparation
from triceras.data.dataset import Dataset

log = logging.getLogger(__name__)


def changed_parts(batch: BatchPreparation, data: Dataset) -> set[str]:
    """The names of the parts that a step may see otherwise than they are in the data.

    An augmentation says which those are, or is tried on two examples. Where it cannot be, as of a
    stream, it may change all. One that has `only_moves` gives no numbers that are not there, but
    for 0, so that what holds of the data holds of what it makes of them.

    Args:
        batch: says how parts are augmented.
        data: the data set.
    """
    return {part for augment in batch.augment for part in changed_by(augment, batch, data)}


def changed_by(augment: Any, batch: BatchPreparation, data: Dataset) -> Iterable[str]:
    """The names of those that one augmentation changes."""
    if only_moves(augment):
        return ()
    own = getattr(augment, "parts", None)
    return tried(augment, batch.all_parts, data) if own is None else own


def tell_of_unseen(batch: BatchPreparation, data: Dataset, labels: Iterable[str]) -> None:
    """Tells which labels nobody looks at, as an augmentation of somebody's own may make others.

    Args:
        batch: says how parts are augmented.
        data: the data set.
        labels: the names of parts.
    """
    for augment in batch.augment:
        if is_shipped(augment):
            continue
        unseen = sorted({*labels} & {*changed_by(augment, batch, data)})
        if unseen:
            log.warning(
                "whether %s holds only classes that the model has outputs for is not looked at, as "
                "the augmentation %s may change it: where that only moves labels, as a turn does, "
                "set only_moves = True in it",
                *(" and ".join(unseen), name_of(augment)),
            )


def only_moves(augment: Any) -> bool:
    """Whether an augmentation says so of what it does, and not of what its base class does."""
    said = [getattr(augment, "__dict__", {}), *map(vars, type(augment).__mro__)]
    found = next((one for one in said if one.keys() & {"only_moves", "__call__"}), {})
    return bool(found.get("only_moves", False))


def tried(augment: Any, parts: Any, data: Dataset) -> set[str]:
    """The parts that an augmentation changes of two examples."""
    if data.train.streamed:
        return set(parts)
    try:
        rows = data.train.take(slice(min(2, len(data.train))), list(parts))
        given = {name: np.array(array) for name, array in rows.items()}
        result = dict(augment(dict(given), np.zeros((2,), "int32"), np))
    # What it raises comes again where it is used, and is told there.
    except Exception:
        return set(parts)
    return {
        name
        for name, array in rows.items()
        if result.get(name) is not given[name] or not same_bits(given[name], np.asarray(array))
    }
