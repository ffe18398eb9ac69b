"""What is said of the rows of other data that a run is looked at with."""

from collections.abc import Sequence
from pathlib import Path

from triceras.checkpoints.other_data import NORMALIZATION
from triceras.data.dataset import Dataset, Split
from triceras.runs.other_scale import warn_of_another_scale
from triceras.runs.trained_rows import warn_of_trained_rows


def warn_of_other_rows(
    folder: Path, data: Dataset, splits: Sequence[Split], names: Sequence[str], split: str
) -> int | None:
    """Says which rows a run was trained on, and which numbers are on another scale than its own.

    Args:
        folder: the run folder.
        data: the other data.
        splits: of these.
        names: of the parts that the model is given.
        split: what was asked for; of `train`, it is no news that a run was trained on it.

    Returns:
        How many rows it was trained on; `None` for none.
    """
    seen = warn_of_trained_rows(folder, data.name, splits, names) if split != "train" else None
    warn_of_another_scale(folder, data.name, splits, names, data.kept.get(NORMALIZATION))
    return seen
