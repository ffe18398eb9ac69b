"""The classes of test examples, and what they are called."""

from collections.abc import Iterable

import numpy as np

from lab.figures.images import one_of_each_class
from triceras.data import Dataset, labels_of
from triceras.errors import UserError


def classes_of(data: Dataset) -> np.ndarray | None:
    """The class of each test example, whole numbers `(n,)`; `None` where the data have none."""
    try:
        label = labels_of(data)
        labels = data.test[label][:] if isinstance(label, str) else np.zeros(0)
    except UserError:
        return None
    return labels if labels.ndim == 1 and labels.dtype.kind in "iu" else None


def names_of(data: Dataset, classes: Iterable[int]) -> list[str]:
    """What classes are called: as the data declare or their texts say, or else by number.

    Args:
        data: which have them.
        classes: their numbers.
    """
    vocabularies = data.kept.get("vocabularies", {})
    label = data.labels if isinstance(data.labels, str) else None
    names = data.declares.get("class_names") or vocabularies.get(label)
    known = dict(enumerate(names or ()))
    return [str(known.get(int(number), number)) for number in classes]


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
