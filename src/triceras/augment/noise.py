"""Noise that is added to numbers."""

import dataclasses
from collections.abc import Sequence
from typing import Any

from triceras.augment.pictures import kind_of, names
from triceras.errors import UserError
from triceras.random import fold_in
from triceras.random.namespace import cast


@dataclasses.dataclass(frozen=True)
class GaussianNoise:
    """Adds normal noise to each number of a part.

    Args:
        part: of any shape; of several parts each has noise of its own. Bytes (uint8) are rounded,
            and stay from 0 to 255.
        stddev: standard deviation, on the scale of the part.

    Raises:
        UserError: it is below 0.
    """

    part: str | Sequence[str]
    stddev: float = 0.1

    def __post_init__(self):
        if not self.stddev >= 0:
            raise UserError(f"stddev={self.stddev} is no standard deviation: use one of at least 0")

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts that it reads."""
        return names(self.part)

    def __call__(self, parts: dict[str, Any], key: Any, ops: Any) -> dict[str, Any]:
        """The same parts with noise; see `triceras.data.batch.BatchPreparation`."""
        from triceras.random import normal_from_key

        found = dict(parts)
        for number, name in enumerate(self.parts):
            x = parts[name]
            kind = kind_of(x)
            if "float" not in kind and kind != "uint8":
                raise UserError(
                    f"augment: the part {name!r} is {kind}, to which no noise can be added; wanted "
                    "are numbers with a point, or bytes"
                )
            noise = normal_from_key(fold_in(key, number), ops.shape(x), ops) * self.stddev
            noisy = cast(x, "float32", ops) + noise
            if kind == "uint8":
                noisy = ops.clip(ops.round(noisy), 0.0, 255.0)
            found[name] = cast(noisy, kind, ops)
        return found
