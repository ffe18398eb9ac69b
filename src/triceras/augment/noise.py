"""Noise that is added to numbers."""

import dataclasses
from collections.abc import Sequence
from typing import Any

from triceras.augment.pictures import kind_of, names
from triceras.data.padding import MASK
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
        filled_up: of the parts, those with a part `<part>_mask` that says which of their places are
            there: the others stay as they are, as a layer such as `Masking` looks for them. A run
            gives it those that are filled up.

    Raises:
        UserError: it is below 0.
    """

    part: str | Sequence[str]
    stddev: float = 0.1
    filled_up: Sequence[str] = ()

    def __post_init__(self):
        if not self.stddev >= 0:
            raise UserError(f"stddev={self.stddev} is no standard deviation: use one of at least 0")

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts that it reads."""
        masks = (f"{name}{MASK}" for name in names(self.part) if name in self.filled_up)
        return (*names(self.part), *masks)

    def __call__(self, parts: dict[str, Any], key: Any, ops: Any) -> dict[str, Any]:
        """The same parts with noise; see `triceras.data.batch.BatchPreparation`."""
        from triceras.random import normal_from_key

        found = dict(parts)
        for number, name in enumerate(names(self.part)):
            x = parts[name]
            kind = kind_of(x)
            if "float" not in kind and kind != "uint8":
                raise UserError(
                    f"augment: the part {name!r} is {kind}, to which no noise can be added; wanted "
                    "are numbers with a point, or bytes"
                )
            noise = normal_from_key(fold_in(key, number), ops.shape(x), ops) * self.stddev
            if name in self.filled_up:
                mask = parts[f"{name}{MASK}"]
                axes = tuple(range(len(mask.shape), len(x.shape)))
                noise = noise * cast(ops.expand_dims(mask != 0, axes), "float32", ops)
            noisy = cast(x, "float32", ops) + noise
            if kind == "uint8":
                noisy = ops.clip(ops.round(noisy), 0.0, 255.0)
            found[name] = cast(noisy, kind, ops)
        return found
