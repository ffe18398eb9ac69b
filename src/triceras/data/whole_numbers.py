"""How many different whole numbers a part may hold, and the refusal of others."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from triceras.errors import UserError


@dataclasses.dataclass(frozen=True)
class WholeNumbers:
    """What a part that holds whole numbers may hold.

    A backend takes no notice of others: it takes another class in their place, or none.

    Args:
        where: what the part is of, for messages.
        part: its name.
        setting: what says how many there are, as in `data.classes`.
        count: numbers from 0 to `count - 1` are allowed.
        otherwise: what to do where others are meant, for messages.
        kinds: NumPy's letters of the types of numbers that are looked at; `f` is for those with a
            point.
    """

    where: str
    part: str
    setting: str
    count: int
    otherwise: str = ""
    kinds: str = "iu"

    def check(self, rows: Mapping[str, Any]) -> None:
        """Checks rows of parts.

        Raises:
            UserError: there are other numbers among those of the part.
        """
        array = rows.get(self.part)
        if array is None or array.dtype.kind not in self.kinds or not array.size:
            return
        counted = self.counted(array)
        if not np.any(counted):
            return
        # In place, as there may be no room for them once more.
        given: Any = {"where": counted, "initial": array.flat[np.argmax(counted)]}
        low, high = array.min(**given).item(), array.max(**given).item()
        whole = array.dtype.kind != "f" or np.all(array % 1 == 0, where=counted)
        if not whole or low < 0 or high >= self.count:
            raise UserError(self.refusal(array, low, high) + self.otherwise)

    def counted(self, array: Any) -> Any:
        """Which numbers are looked at: `True`, or an array of as many."""
        return True

    def refusal(self, array: Any, low: Any, high: Any) -> str:
        """The message about an array that holds numbers from `low` to `high`."""
        return (
            f"{self.where}: {self.part} is {array.dtype} of shape {array.shape} from {low} to "
            f"{high}, and {self.setting}={self.count} wants whole numbers from 0 to "
            f"{self.count - 1}"
        )


def class_numbers(where: str, part: str, classes: int) -> WholeNumbers:
    """What is expected of labels, of which the data say how many classes there are."""
    otherwise = (
        "; where another number is meant, as with ignore_class, set data.classes=null and "
        f"+model.network.classes={classes}"
    )
    return WholeNumbers(where, part, "data.classes", classes, otherwise)
