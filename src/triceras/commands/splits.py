"""The rows of a data set that a command is to look at."""

import numpy as np

from triceras.data.bucketed_split import BucketedSplit
from triceras.data.dataset import Dataset, Split
from triceras.errors import UserError

SPLITS = ("test", "validation", "train", "all")


def check_split(name: str) -> None:
    """Checks the name of a split.

    Raises:
        UserError: there is none of this name.
    """
    if name not in SPLITS:
        raise UserError(f"split={name} is unknown: use one of {', '.join(SPLITS)}")


def chosen(data: Dataset, name: str) -> list[Split]:
    """The splits that are meant.

    Args:
        data: the data set.
        name: one of `SPLITS`.

    Raises:
        UserError: there is no such split, or rows of several have the same number.
    """
    if name != "all":
        split = data.train_to_look_at() if name == "train" else getattr(data, name)
        if split is None:
            raise UserError(f"the data {data.name} have no split {name}")
        return [split]
    if data.train is data.test and len(data.test) == 1:
        return [data.test]  # one row, which was not divided
    splits = (data.train_to_look_at(), data.validation, data.test)
    splits = [split for split in splits if split is not None]
    numbers = np.concatenate([split.numbers for split in splits])
    if len(np.unique(numbers)) < len(numbers):
        raise UserError(
            f"the splits of {data.name} come from several places, each with rows of its own: use "
            "split=test, validation or train"
        )
    return splits


def called(name: str) -> str:
    """What is said of a split of this name, before "data"."""
    return {"all": "whole", "train": "training"}.get(name, name)


def told(checkpoint: str, step: int, data: str, split: str, count: int) -> str:
    """What a command says that it has looked at, and with which weights.

    Args:
        checkpoint: `best` or `last`.
        step: after which it was written.
        data: their name.
        split: one of `SPLITS`.
        count: number of rows.
    """
    rows = f"{count:,} row{'' if count == 1 else 's'}"
    return f"{checkpoint} checkpoint, step {step:,}: {data}, {split}, {rows}"


def in_one(splits: list[Split]) -> Split:
    """Splits as one, whose rows are brought into memory where they are several."""
    if len(splits) == 1:
        return splits[0]
    bucketed = [split for split in splits if isinstance(split, BucketedSplit)]
    if len(bucketed) == len(splits):
        # Each row is as long as it is within its own split.
        whole, buckets = in_one([b.whole for b in bucketed]), [b.buckets for b in bucketed]
        return BucketedSplit(whole, bucketed[0].lengths, np.concatenate(buckets))
    parts = [split.take(slice(None)) for split in splits]
    whole = {name: np.concatenate([part[name] for part in parts]) for name in splits[0].parts}
    return Split(whole, np.concatenate([split.numbers for split in splits]))
