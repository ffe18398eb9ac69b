"""What a model's loss expects of labels, which its outputs say: one is one class."""

import contextlib
import dataclasses
import logging
import weakref
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import keras

from triceras.augment.pictures import names
from triceras.data.batch import BatchPreparation
from triceras.data.dataset import Dataset
from triceras.data.whole_numbers import WholeNumbers
from triceras.engines.once import keeping_flags
from triceras.engines.own_steps import is_own
from triceras.errors import UserError
from triceras.modelling.build import signature
from triceras.modelling.changed_parts import changed_parts, tell_of_unseen

# The outputs of models of somebody's own, by what they are given: to trace one takes seconds.
traced: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()
# What has been warned of.
warned: set[WholeNumbers] = set()

log = logging.getLogger(__name__)

# In the record of a run: that labels beside an `ignore_class` were looked at before it was trained.
BESIDE_IGNORED = "labels_beside_ignored_looked_at"
MORE_OUTPUTS = "; give the model as many outputs as there are classes, or another loss"
NAMES = ("sparse_categorical_crossentropy", "SparseCategoricalCrossentropy")


@dataclasses.dataclass(frozen=True)
class ClassLabels(WholeNumbers):
    """Labels that a loss takes for the numbers of outputs; with a point, they count too.

    Args:
        ignored: `ignore_class` of the loss, a number that counts for nothing.
        former: whether the model may have been trained with labels beyond its outputs, as it was
            where the loss ignores one: they are then told of once, and not refused.
    """

    kinds: str = "iuf"
    ignored: int | None = None
    former: bool = False

    def check(self, rows: Mapping[str, Any]) -> None:
        try:
            super().check(rows)
        except UserError as error:
            if not self.former or self.ignored is None:
                raise
            if self not in warned:
                warned.add(self)
                log.warning("%s; the run, of before they were looked at, goes on with them", error)

    def counted(self, array: Any) -> Any:
        return True if self.ignored is None else array != self.ignored

    def refusal(self, array: Any, low: Any, high: Any) -> str:
        told = (
            f"{self.where}: {self.part} is {array.dtype} of shape {array.shape} from {low} to "
            f"{high}"
        )
        if self.count == 1:
            return (
                f"{told}, and the loss wants the number of a class, of which the model has one "
                "output alone: to predict a number, use another loss, as "
                f"model.loss._target_=keras.losses.MeanSquaredError{MORE_OUTPUTS}"
            )
        cure = MORE_OUTPUTS
        if low < 0 and self.ignored is None:
            cure = f"; count classes from 0, or have the loss leave {low} out by its ignore_class"
        but = "" if self.ignored is None else f" or {self.ignored}, its ignore_class"
        return (
            f"{told}, and the loss wants whole numbers from 0 to {self.count - 1}{but}: the model "
            f"has {self.count} outputs{cure}"
        )


def class_labels(
    model: keras.Model, batch: BatchPreparation, data: Dataset, former: bool = False
) -> list[WholeNumbers]:
    """What the losses of a model want of the parts that they are given.

    Where labels are beyond the outputs, JAX and TensorFlow take none in their place and PyTorch
    raises an error, so they are looked at beforehand.

    Args:
        model: built and compiled.
        batch: says which parts the losses are given. Where parts are augmented, labels may be what
            they are not in the data, and nothing is expected of them.
        data: the data set.
        former: whether the run began before labels were looked at beside one that is ignored.

    Raises:
        UserError: there are targets of several outputs, and the model has one.
    """
    found = sparse_losses(model, batch)
    changed = changed_parts(batch, data) if found else set()
    tell_of_unseen(batch, data, changed & {part for _, part, _ in found})
    found = [(loss, part, path) for loss, part, path in found if part not in changed]
    mixed = mixed_labels(batch, data)
    if not found and not mixed:
        return []
    former = former and keras.backend.backend() != "torch"  # where such labels ended the run
    outputs = outputs_of(model, batch, data)
    check_rows_of_outputs(model, outputs, batch, {labels.part: labels.count for labels in mixed})
    check_names(outputs, found)
    wanted = {part: (size_of(outputs, path), ignored_by(loss)) for loss, part, path in found}
    return mixed + [
        ClassLabels(
            f"the data {data.name}",
            part,
            "",
            count,
            ignored=ignored,
            former=former,
        )
        for part, (count, ignored) in wanted.items()
        if count is not None
    ]


def mixed_labels(batch: BatchPreparation, data: Dataset) -> list[WholeNumbers]:
    """What augmentations want of labels of which they make rows of 0 and 1."""
    return [
        WholeNumbers(f"the data {data.name}", name, "classes of augment", augment.classes)
        for augment in batch.augment
        if getattr(augment, "makes_rows", False) and augment.classes is not None
        for name in names(augment.targets)
        if "float" not in data.train.dtype(name)
    ]


def check_rows_of_outputs(
    model: keras.Model, outputs: Any, batch: BatchPreparation, classes: Mapping[str, int]
) -> None:
    """Checks that outputs have as many numbers as the rows that augmentations make of labels.

    A loss of one number, as of an age, would be compared with each of a row. A loss of one's own
    may have other outputs, as the place of an example among those of the classes.

    Args:
        model: built and compiled.
        outputs: of it, without values.
        batch: says which parts the losses are given.
        classes: by the name of a part, the length of its rows.

    Raises:
        UserError: an output has another length.
    """
    for loss, part, path in pairs(model.loss, batch.targets):
        count = classes.get(part)
        size = None if loss is None or count is None else size_of(outputs, path)
        if (size == 1 and count != 1) or (size not in (None, count) and is_of_keras(loss)):
            raise UserError(
                f"augment makes rows of {count} classes of the whole numbers in {part}, and the "
                f"model has {size} output{'s'[: size != 1]} for it: where they are numbers and no "
                "classes, give them with a point, or leave mixing out; where they are classes, "
                f"give the model {count} outputs"
            )


def is_of_keras(loss: Any) -> bool:
    """Whether a loss is one of Keras's own, by its name or itself."""
    kind = type(loss) if isinstance(loss, keras.losses.Loss) else loss
    return isinstance(loss, str) or getattr(kind, "__module__", "").startswith("keras.")


def pairs(losses: Any, targets: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, str, Any]]:
    """Each loss, the part that it is given, and the place of the output that it is of."""
    if isinstance(targets, str):
        yield losses, targets, path
        return
    named: Any = targets.items() if isinstance(targets, Mapping) else enumerate(targets or ())
    for name, inner in named:
        loss = losses
        if isinstance(losses, Mapping | list | tuple):
            try:
                loss = losses[name]
            except (KeyError, IndexError, TypeError):
                continue
        yield from pairs(loss, inner, (*path, name))


def sparse_losses(model: keras.Model, batch: BatchPreparation) -> list[tuple[Any, str, Any]]:
    """The losses of a model that take labels for the numbers of outputs, as `pairs` gives them."""
    return [each for each in pairs(model.loss, batch.targets) if is_sparse(each[0])]


def is_sparse(loss: Any) -> bool:
    """Whether a loss takes labels for the numbers of outputs, of the last axis."""
    name = loss if isinstance(loss, str) else getattr(loss, "__name__", type(loss).__name__)
    return name in NAMES and settings_of(loss).get("axis", -1) == -1


def ignored_by(loss: Any) -> int | None:
    """The label that a loss takes for none."""
    return settings_of(loss).get("ignore_class")


def settings_of(loss: Any) -> dict[str, Any]:
    """What a loss of Keras's was made with."""
    return loss.get_config() if isinstance(loss, keras.losses.Loss) else {}


def outputs_of(model: keras.Model, batch: BatchPreparation, data: Dataset) -> Any:
    """The outputs of a model, without values; `None` where they cannot be had."""
    known = None if is_own(model, "call") else getattr(model, "_outputs_struct", None)
    if known is not None:
        return known
    given = signature(batch.inputs, data)
    key = str(keras.tree.map_structure(lambda tensor: (tensor.shape, tensor.dtype), given))
    found = traced.setdefault(model, {})
    if key not in found:
        found[key] = None
        # A model of somebody's own may do anything with tensors that have no values.
        with keeping_flags(model), contextlib.suppress(Exception):
            found[key] = model.compute_output_spec(given)
    return found[key]


def check_names(outputs: Any, found: Sequence[tuple[Any, str, Any]]) -> None:
    """Checks that no output is asked for by its name where there is one alone.

    Raises:
        UserError: one is.
    """
    for _, part, path in found:
        if isinstance(outputs, keras.KerasTensor) and path and isinstance(path[0], str):
            raise UserError(
                f"model.targets has a target for each output, as {path[0]}, and the model has one "
                f"output alone: choose one of the targets, as in model.targets={part}"
            )


def shape_at(outputs: Any, path: tuple[Any, ...]) -> tuple[int | None, ...] | None:
    """The shape of the output at a place; `None` where there is none."""
    try:
        for name in path:
            outputs = outputs[name]
        return tuple(outputs.shape)
    except (AttributeError, KeyError, IndexError, TypeError):
        return None


def size_of(outputs: Any, path: tuple[Any, ...]) -> int | None:
    """The size of the last axis of the output at a place."""
    shape = shape_at(outputs, path)
    return shape[-1] if shape is not None and len(shape) > 1 else None
