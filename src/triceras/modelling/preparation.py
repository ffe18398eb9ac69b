"""What a model's configuration says that it is given of a batch, found among a data set's parts."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
from omegaconf import DictConfig

from triceras.augment.mixing import Mixing
from triceras.data.batch import Augmentation, BatchPreparation
from triceras.data.dataset import Dataset
from triceras.data.parts import filled_up, label_of
from triceras.data.tree import leaves, map_tree
from triceras.errors import UserError
from triceras.modelling.augmentations import build_augmentations
from triceras.modelling.named_parts import inputs_of_model, parts_of, targets_of
from triceras.modelling.rows_of_labels import check_rows

# How many rows are looked at to tell labels from columns for each class.
SOME = 256


def prepare_batches(
    config: DictConfig, data: Dataset, augment: Any = None, training: bool = True
) -> BatchPreparation:
    """How rows of a data set become what a model is given.

    Args:
        config: of the model: `inputs`, `targets`, `sample_weight` and `class_weight`.
        data: the data set.
        augment: of the run, which comes after the data set's own; see `build_augmentations`.
        training: whether batches are trained on. Where they are not, they are no more than
            brought into the form that training has.

    Raises:
        UserError: a part is named that is not there, or what is given does not go together.
    """
    inputs = inputs_of_model(config, data)
    weight = parts_of("sample_weight", config.get("sample_weight"), data)
    targets = targets_of(config.get("targets"), inputs, data)
    check_weights(targets, weight)
    classes = data.classes if targets == label_of(data) else None
    class_weight = None
    # It counts in training alone, and runs of before may have one that is refused by now.
    if training and config.get("class_weight") is not None:
        class_weight = class_weights(config.class_weight, targets, weight, classes)
        check_labels(targets, data)
    declared = {
        "classes": data.classes,
        "image_shape": data.image_shape,
        "filled_up": filled_up(data, targets),
    }
    # What is not trained on need not have all parts that are augmented.
    parts = list(data.train.parts) if training else None
    applied = [*data.augment, *build_augmentations(augment, declared, parts)]
    check_rows(config, applied)
    if training:
        check_mixed(applied, targets, weight)
    if not training:
        applied = [one for one in applied if hasattr(one, "outside_training")]
    return BatchPreparation(
        inputs=inputs,
        targets=targets,
        sample_weight=weight,
        class_weight=class_weight,
        augment=applied,
        all_parts=list(data.train.parts),
    )


def check_weights(targets: Any, weight: Any) -> None:
    """Checks that where outputs have weights of their own, each has some.

    Raises:
        UserError: one has none.
    """
    if isinstance(targets, dict) and isinstance(weight, dict):
        left = [name for name in targets if name not in weight]
        if left:
            raise UserError(
                f"model.sample_weight names no part for the target {left[0]}: name one for each "
                "(of ones where all examples count alike), or one part for all targets"
            )


def check_mixed(applied: Sequence[Any], targets: Any, weight: Any = None) -> None:
    """Checks that where examples are mixed, so is what is to be predicted of them.

    So are their weights, or one that does not count would, by way of the other.

    Raises:
        UserError: something is not.
    """
    wanted = [] if targets is None else list(leaves(targets))
    weights = [] if weight is None else list(leaves(weight))
    for one in applied:
        if isinstance(one, Mixing) and len(set(weights)) > 1:
            raise UserError(
                f"the augmentation {type(one).__name__} mixes examples with one weight each, and "
                f"model.sample_weight names {', '.join(dict.fromkeys(weights))}: name one part for "
                "all targets, or leave it out"
            )
        if isinstance(one, Mixing) and (left := [n for n in weights if n not in one.parts]):
            raise UserError(
                f"the augmentation {type(one).__name__} mixes examples, and their weights "
                f"{left[0]}, which model.sample_weight names, would stay those of one: name them "
                f"in it, as in weight={left[0]}, or leave it out"
            )
        if isinstance(one, Mixing) and (left := [n for n in wanted if n not in one.parts]):
            kind = type(one).__name__
            raise UserError(
                f"the augmentation {kind} mixes {', '.join(one.parts)}, and the target {left[0]} "
                f"would stay that of one example: name all targets in it, as in "
                f"targets=[{', '.join(left)}], or leave it out"
            )


def prepare_inputs(config: DictConfig, data: Dataset, augment: Any = None) -> BatchPreparation:
    """The same where outputs are looked at: inputs are as in a test, and targets as in the data.

    Args:
        config: of the model.
        data: the data set, which may lack what inputs do not need.
        augment: of the run.

    Raises:
        UserError: as `prepare_batches`, or an input cannot be brought into the form of training.
    """
    batch = prepare_batches(config, data, augment, training=False)
    return dataclasses.replace(batch, augment=of_inputs(batch.augment, batch.inputs, data))


def of_inputs(augment: Sequence[Augmentation], inputs: Any, data: Dataset) -> list[Augmentation]:
    """The augmentations, of those outside training, that may change inputs.

    Raises:
        UserError: the data lack a part that one of them reads.
    """
    found, own = [], set(leaves(inputs))
    for one in augment:
        changes = getattr(one, "changes_outside_training", None)
        if changes is not None and not own.intersection(changes):
            continue
        reads = getattr(one, "parts", ())
        missing = [part for part in reads if part not in data.train.parts]
        if not missing:
            found.append(one)
        elif own.intersection(reads):
            raise UserError(
                f"augment: {type(one).__name__} brings {', '.join(sorted(own & {*reads}))} into "
                f"the form of training and reads {', '.join(missing)}, which {data.name} lacks: "
                "give data that have it"
            )
    return found


def class_weights(config: Any, targets: Any, weight: Any, classes: int | None) -> dict[int, float]:
    """`model.class_weight`, by class.

    Args:
        config: it.
        targets: what `model.targets` names.
        weight: what `model.sample_weight` names.
        classes: how many there are, where the data say it.

    Raises:
        UserError: it is not what Keras would take.
    """
    try:
        found = {int(number): float(value) for number, value in dict(config).items()}
    except (TypeError, ValueError) as error:
        raise UserError(
            f"model.class_weight={config} gives no number for each class: use "
            "model.class_weight={0:1.0,1:5.0}"
        ) from error
    if not isinstance(targets, str) or not (weight is None or isinstance(weight, str)):
        raise UserError(
            "model.class_weight works where model.targets is one part: with several outputs give "
            "each example a weight, in a part that model.sample_weight names"
        )
    # Labels that are no classes may be -1 and 1.
    if classes is not None and (unknown := [n for n in found if not 0 <= n < classes]):
        raise UserError(
            f"model.class_weight={config} has a weight for class {unknown[0]}, and the data have "
            f"classes 0 to {classes - 1}: leave it out"
        )
    if not np.isfinite([*found.values()]).all() or min(found.values(), default=1) < 0:
        raise UserError(
            f"model.class_weight={config} holds what is no weight: give numbers from 0 on"
        )
    if len(found) == classes and not any(found.values()):
        raise UserError(f"model.class_weight={config} leaves no example any weight: give one > 0")
    return found


def check_labels(targets: str, data: Dataset) -> None:
    """Checks that `model.class_weight` finds the class of an example, and one alone.

    Raises:
        UserError: examples have several labels, as one for each time step.
    """
    shape = data.train.shape(targets)
    if len(shape) == 0 or shape == (1,):
        return
    rows = slice(min(SOME, len(data.train)))
    labels = np.asarray(data.train.take(rows, [targets])[targets], "float64")
    shares = len(shape) == 1 and np.all(labels >= 0) and np.allclose(labels.sum(-1), 1, atol=1e-3)
    if not shares:
        raise UserError(
            f"model.class_weight wants one label for each example, and {targets} has {shape}: give "
            "a weight for each label, in a part that model.sample_weight names"
        )


def example_shapes(tree: Any, data: Dataset) -> Any:
    """The shapes of one example, of a tree of parts."""
    return map_tree(data.train.shape, tree)
