"""What MixUp and CutMix share: which two examples are mixed, how much, and what is predicted."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from triceras.augment.pictures import kind_of, names, whole_from_uniform
from triceras.errors import UserError
from triceras.random import uniform_from_key
from triceras.random.namespace import cast, ops_for


@dataclasses.dataclass(frozen=True)
class Mixing:
    """What is said of two examples that are mixed; see `MixUp` and `CutMix`."""

    part: str | Sequence[str]
    targets: str | Sequence[str] = "label"
    alpha: float = 0.2
    classes: int | None = None
    weight: str | None = None

    # Of labels, which losses and metrics of whole numbers do not take.
    makes_rows = True

    def __post_init__(self):
        check_alpha(self.alpha)

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts that it reads."""
        return (*names(self.part), *names(self.targets), *names(self.weight))

    @property
    def changes_outside_training(self) -> tuple[str, ...]:
        """The parts that `outside_training` changes."""
        return names(self.targets)

    def outside_training(self, parts: dict[str, Any]) -> dict[str, Any]:
        """The same parts with targets of the form that they have in training."""
        return with_rows(parts, names(self.targets), self.classes)


def partners(key: Any, count: int, ops: Any) -> Any:
    """Of each example of a batch another one, int32 `(count,)`.

    The batch is shuffled, so neighbours at a distance that is drawn are a random pair.
    """
    if isinstance(count, int) and count < 2:
        return ops.zeros((count,), dtype="int32")
    distance = whole_from_uniform(uniform_from_key(key, (1,), ops), count - 1, ops) + 1
    return (ops.arange(count, dtype="int32") + distance) % count


def shares(key: Any, count: int, alpha: float, ops: Any) -> Any:
    """Of each example the share that stays, drawn from Beta(alpha, alpha), float32 `(count,)`."""
    from triceras.random.gamma import gamma_from_key

    # X / (X + Y) for two gamma numbers, computed from their logarithms, since both may underflow.
    value, log_factor = gamma_from_key(key, (2, count), alpha, ops)
    logs = ops.log(value) + log_factor
    log_ratio = logs[0] - logs[1]
    # Beyond these the share is 0 or 1 to the last bit, and NumPy would warn of an overflow.
    return 1.0 / (1.0 + ops.exp(-ops.clip(log_ratio, -60.0, 60.0)))


def check_alpha(alpha: float) -> None:
    """Checks the parameter of the distribution.

    Raises:
        UserError: it is not above 0.
    """
    if not alpha > 0:
        raise UserError(f"alpha={alpha} is no parameter of a Beta distribution: use one above 0")


def as_rows(name: str, y: Any, classes: int | None, ops: Any) -> Any:
    """Targets that can be mixed: whole numbers become rows of 0 and 1, float32.

    Raises:
        UserError: they are whole numbers and no number of classes is known.
    """
    if "float" in kind_of(y):
        return y
    shape = tuple(ops.shape(y))
    if classes is None or (len(shape) > 1 and shape[1:] != (1,)):
        raise UserError(
            f"augment: the part {name!r} is {kind_of(y)} of shape {shape[1:]} an example, and "
            "mixed targets are numbers with a point: give classes=<int> for labels of one whole "
            "number each"
        )
    labels = cast(ops.reshape(y, (-1, 1)), "int32", ops)
    numbers = ops.reshape(ops.arange(classes, dtype="int32"), (1, -1))
    return cast(labels == numbers, "float32", ops)


def mixed_targets(
    parts: Mapping[str, Any],
    which: Sequence[str],
    weight: str | None,
    classes: int | None,
    other: Any,
    share: Any,
    ops: Any,
) -> dict[str, Any]:
    """The targets and weights of mixed examples.

    A loss that is linear in its targets, as cross-entropy is, is then what the two examples have,
    each by its share and its weight.

    Args:
        parts: of a batch.
        which: names of targets.
        weight: name of the weights of examples, or `None`.
        classes: number of classes of labels.
        other: see `partners`.
        share: see `shares`.
        ops: `keras.ops` or `numpy`.
    """
    found = {}
    own, others = share, 1.0 - share
    if weight is not None:
        weights = ops.reshape(parts[weight], (-1,))
        own, others = share * weights, (1.0 - share) * ops.take(weights, other, axis=0)
        total = own + others
        found[weight] = ops.reshape(total, ops.shape(parts[weight]))
        # Of two that do not count at all, nobody asks what they are.
        own = ops.where(total > 0, own / ops.where(total > 0, total, ops.ones_like(total)), share)
        others = 1.0 - own
    for name in which:
        y = as_rows(name, parts[name], classes, ops)
        found[name] = along(own, y, ops) * y + along(others, y, ops) * ops.take(y, other, axis=0)
    return found


def along(share: Any, x: Any, ops: Any) -> Any:
    """A number of each example in the shape that goes with a part, and of its type."""
    shaped = ops.reshape(share, (-1, *(1,) * (len(ops.shape(x)) - 1)))
    return cast(shaped, kind_of(x), ops) if "float" in kind_of(x) else shaped


def with_rows(parts: dict[str, Any], which: Sequence[str], classes: int | None) -> dict[str, Any]:
    """The parts with rows of 0 and 1 in the place of labels."""
    rows = {name: as_rows(name, parts[name], classes, ops_for(parts[name])) for name in which}
    return {**parts, **rows}
