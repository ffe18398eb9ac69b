"""The classes of test examples, and what they are called."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from lab.figures.images import one_of_each_class
from triceras.data import Dataset, label_of, labels_of
from triceras.errors import UserError


def classes_of(data: Dataset) -> np.ndarray | None:
    """The class of each test example, whole numbers `(n,)`; `None` where the data have none."""
    try:
        label = labels_of(data)
        labels = data.test[label][:] if isinstance(label, str) else np.zeros(0)
    except UserError:
        return None
    return labels if labels.ndim == 1 and labels.dtype.kind in "iu" else None


def names_of(data: Dataset, classes: Iterable[int], part: Any = None) -> list[str]:
    """What classes are called: as the data declare or their texts say, or else by number.

    Args:
        data: which have them.
        classes: their numbers.
        part: of the data that holds them; `None` for the one that the data say.
    """
    known = dict(enumerate(texts_of(data, part) or ()))
    return [str(known.get(int(number), number)) for number in classes]


def texts_of(data: Dataset, part: Any = None) -> Sequence[str] | None:
    """The names of all classes of a part, see `names_of`; `None` where they have numbers alone."""
    label = label_of(data)
    part = label if part is None else part
    if part == label and data.declares.get("class_names"):
        return data.declares["class_names"]
    return data.kept.get("vocabularies", {}).get(part) if isinstance(part, str) else None


def examples_to_show(data: Dataset, count: int) -> tuple[np.ndarray, list[str]]:
    """Test examples for a picture, with the names of their classes.

    Args:
        data: any.
        count: how many.

    Returns:
        Their row numbers: of the first of each class, then the second of each, and so on; and the
        names, none where the data have no classes: the rows are the first ones then.
    """
    classes = classes_of(data)
    if classes is None:
        return np.arange(min(count, len(data.test))), []
    rows = one_of_each_class(classes, count)
    return rows, names_of(data, classes[rows])
