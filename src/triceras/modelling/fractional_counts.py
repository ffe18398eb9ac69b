"""Keras's intersections over unions, made to count fractions of examples."""

import functools
from typing import Any

from keras.src.metrics import iou_metrics


def install() -> None:
    """Mends Keras's class, for all models of this process. Calling it again changes nothing.

    Keras adds up weights as whole numbers there, unless it is given a type: one of 0.9 counts 0,
    and one of 1.9 counts 1. Here they are added up as they are; a type that is given stays.
    """
    kind: Any = iou_metrics._IoUBase
    if not hasattr(kind.__init__, "__wrapped__"):
        kind.__init__ = of_fractions(kind.__init__)


def of_fractions(init: Any) -> Any:
    """`__init__` of such a metric, whose type is one of fractions."""

    @functools.wraps(init)
    def begin(
        self: Any, num_classes: Any, name: Any = None, dtype: Any = None, *others: Any, **more: Any
    ) -> None:
        init(self, num_classes, name, dtype or "float32", *others, **more)

    return begin
