"""What a model sees of a batch: inputs, the targets that its loss wants, and their weights."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import keras
import numpy as np

from triceras.data.dataset import Structure
from triceras.data.tree import leaves, map_tree
from triceras.random.keys import fold_in
from triceras.random.namespace import cast

# More than any number that an augmentation folds into its key.
OTHERS = 2**16
# `(parts, key, ops) -> parts`
Augmentation = Callable[[dict[str, Any], Any, Any], Mapping[str, Any]]


class Batch(NamedTuple):
    """Trees of arrays.

    Args:
        inputs: what the model is called with.
        targets: what its loss compares outputs with, or `None`.
        sample_weight: how much each example counts in the loss, or `None`.
    """

    inputs: Any
    targets: Any = None
    sample_weight: Any = None

    @property
    def for_keras(self) -> tuple[Any, ...]:
        """As Keras's `fit` takes a batch, which ends where there is nothing more."""
        batch: Any = tuple(self)
        if keras.backend.backend() == "tensorflow":
            # It takes a list for one tensor of them all, and refuses it.
            batch = keras.tree.lists_to_tuples(batch)
        if self.sample_weight is not None:
            return batch
        return batch[:1] if self.targets is None else batch[:2]


@dataclasses.dataclass(frozen=True)
class BatchPreparation:
    """Turns named parts into a `Batch`; the same on the host and on a device.

    Args:
        inputs: names of parts, a tree: one, a list, or a dictionary.
        targets: the same, or `None` for a model that needs none.
        sample_weight: the same, or `None` where all examples count alike.
        class_weight: how much an example of each class counts in training, by class; others
            count 1. Targets are then one part of whole numbers, or of one column for each class.
        augment: applied to the parts of training batches only, one after the other: functions of
            the parts, a random key of their own (int32, `(2,)`), and `keras.ops` or `numpy`,
            whichever the parts belong to. One that has a method `outside_training`, of the parts
            alone, brings those of other batches into the form that training has.
        all_parts: names of all parts, which are needed where an augmentation does not say by an
            attribute `parts` which it reads.
    """

    inputs: Structure
    targets: Structure | None = None
    sample_weight: Structure | None = None
    class_weight: Mapping[int, float] | None = None
    augment: Sequence[Augmentation] = ()
    all_parts: Sequence[str] = ()

    @property
    def parts(self) -> list[str]:
        """The names of the parts that are needed, each once."""
        trees = (self.inputs, self.targets, self.sample_weight)
        wanted = [name for tree in trees if tree is not None for name in leaves(tree)]
        return list(dict.fromkeys([*wanted, *self.augmented]))

    @property
    def augmented(self) -> list[str]:
        """The names of the parts that are augmented, which may be others than in the data."""
        return [part for f in self.augment for part in getattr(f, "parts", self.all_parts)]

    def for_training(self, parts: Mapping[str, Any], key: Any, ops: Any = keras.ops) -> Batch:
        """Prepares a training batch; `key` (int32, `(2,)`) is this step's random key."""
        parts = dict(parts)
        for i, augment in enumerate(self.augment):
            # The first one has the key itself, as when there was only one. It may fold small
            # numbers into it, whose keys are not to be another one's.
            parts = dict(augment(parts, fold_in(key, OTHERS + i) if i else key, ops))
        batch = self.pick(parts)
        if self.class_weight is None:
            return batch
        return batch._replace(sample_weight=self.weights_of_classes(batch, ops))

    def for_testing(self, parts: Mapping[str, Any]) -> Batch:
        """Prepares a validation or test batch, which is never augmented."""
        for augment in self.augment:
            if hasattr(augment, "outside_training"):
                parts = augment.outside_training(parts)
        return self.pick(parts)

    def pick(self, parts: Mapping[str, Any]) -> Batch:
        """What the model is given of parts."""

        def pick(tree: Any) -> Any:
            return None if tree is None else map_tree(lambda name: parts[name], tree)

        return Batch(pick(self.inputs), pick(self.targets), pick(self.sample_weight))

    def weights_of_classes(self, batch: Batch, ops: Any) -> Any:
        """The weight of each example by its class, times its own, `(batch,)`."""
        labels = batch.targets
        if len(labels.shape) > 1 and labels.shape[-1] > 1:
            labels = ops.argmax(labels, axis=-1)
        labels = ops.reshape(labels, (-1,))
        if "bool" in str(labels.dtype):
            labels = cast(labels, "int32", ops)
        if "float" in str(labels.dtype):
            # A mixture counts as the class of its larger share.
            labels = ops.round(labels)
        weights = ops.ones_like(labels, dtype="float32")
        for number, weight in (self.class_weight or {}).items():
            weights = ops.where(labels == int(number), np.float32(weight), weights)
        if batch.sample_weight is not None:
            own = ops.reshape(batch.sample_weight, (-1,))
            weights = weights * cast(own, "float32", ops)
        return weights
