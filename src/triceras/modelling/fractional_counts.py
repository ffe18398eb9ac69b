"""Keras's intersections over unions, made to count fractions of examples."""

import functools
from typing import Any

from keras import ops
from keras.src.metrics import iou_metrics

# Of so many weights the sum in 32 bits is exact, where all are 1.
BLOCK = 2**20


def install() -> None:
    """Mends Keras's class, for all models of this process. Calling it again changes nothing.

    Keras adds up weights as whole numbers there, unless it is given a type: one of 0.9 counts 0,
    and one of 1.9 counts 1. Here they are added up as they are; a type that is given stays.
    """
    kind: Any = iou_metrics._IoUBase
    if not hasattr(kind.__init__, "__wrapped__"):
        kind.__init__ = of_fractions(kind.__init__)
        iou_metrics.confusion_matrix = in_blocks(iou_metrics.confusion_matrix)


def of_fractions(init: Any) -> Any:
    """`__init__` of such a metric, whose type is one of fractions."""

    @functools.wraps(init)
    def begin(
        self: Any, num_classes: Any, name: Any = None, dtype: Any = None, *others: Any, **more: Any
    ) -> None:
        init(self, num_classes, name, dtype or "float32", *others, **more)

    return begin


def in_blocks(confusion_matrix: Any) -> Any:
    """`confusion_matrix` that adds up weights of large batches by blocks.

    Weights of 1 that are added one by one to a number with a point end at 16,777,216, which is as
    many pixels as 335 pictures of 224 x 224 have.
    """

    @functools.wraps(confusion_matrix)
    def counted(
        labels: Any, predictions: Any, num_classes: int, weights: Any = None, dtype: Any = "int32"
    ) -> Any:
        size = labels.shape[0]
        if weights is None or size is None or size <= BLOCK or "float" not in str(dtype):
            return confusion_matrix(labels, predictions, num_classes, weights, dtype)
        block = ops.arange(size, dtype="int32") // BLOCK
        places = ops.stack([block, *(ops.cast(a, "int32") for a in (labels, predictions))], axis=1)
        shape = (-(-size // BLOCK), num_classes, num_classes)
        return ops.sum(ops.scatter(places, ops.cast(weights, dtype), shape), axis=0)

    return counted
