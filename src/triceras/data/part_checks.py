"""Checks named arrays that a person has, before they become a `Dataset`."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from triceras.data.dataset import Split
from triceras.data.options import check_whole
from triceras.data.rows_on_disk import RowsOnDisk
from triceras.data.tree import leaves
from triceras.data.whole_numbers import class_numbers
from triceras.errors import UserError

Parts = Mapping[str, Any]


def checked(where: str, parts: Parts) -> dict[str, Any]:
    """Parts of one split, once they are arrays with as many rows each."""
    found = {}
    for name, part in parts.items():
        array = part if isinstance(part, RowsOnDisk) else np.asarray(unmasked(str(name), part))
        if not array.shape:
            raise UserError(f"{where}: the part {name!r} is one number, and no array of rows")
        found[str(name)] = array
    lengths = {name: len(array) for name, array in found.items()}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{count} of {name}" for name, count in lengths.items())
        raise UserError(f"{where}: the parts differ in length ({told}): give as many rows of all")
    if not next(iter(lengths.values())):
        raise UserError(f"{where} has no row: look at what data= reads or makes")
    return found


def unmasked(name: str, values: Any) -> Any:
    """Values, once none of them is masked.

    Raises:
        UserError: some are masked, which an array would take for the number that lies below.
    """
    if np.ma.is_masked(values):
        raise UserError(
            f"{name} is a masked array of which {np.ma.count_masked(values)} values are masked: "
            "fill them in, as by array.filled(0), or leave these rows out"
        )
    return values


def check_alike(where: str, given: Mapping[str, Parts]) -> None:
    """Checks that splits that were given have the same parts, of the same shapes and kinds."""
    for split, parts in given.items():
        for first, second in ((given["train"], parts), (parts, given["train"])):
            missing = [name for name in first if name not in second]
            if missing:
                lacking = split if second is parts else "train"
                raise UserError(
                    f"{where}: the part {missing[0]!r} is not in {lacking}, which has "
                    f"{', '.join(second)}: give every part for all splits"
                )
        for name, array in parts.items():
            wanted = given["train"][name]
            if array.shape[1:] != wanted.shape[1:]:
                raise UserError(
                    f"{where}: {name} has examples of shape {array.shape[1:]} in {split} and of "
                    f"{wanted.shape[1:]} in train: wanted is one shape"
                )
            kinds = [np.dtype(a.dtype).kind.replace("u", "i") for a in (array, wanted)]
            if kinds[0] != kinds[1]:
                raise UserError(
                    f"{where}: {name} is {array.dtype} in {split} and {wanted.dtype} in train: "
                    "wanted is one type"
                )


def check_options(marks: Mapping[str, Any], normalize: Any, declares: Any) -> None:
    """Checks that options of `triceras.data.split_parts` are of the right kind.

    Raises:
        UserError: one is not.
    """
    for option, part in marks.items():
        if part is not None and not isinstance(part, str):
            raise UserError(f"data.{option}={part} is unknown: use the name of one part, or null")
    listed = isinstance(normalize, list | tuple) and all(isinstance(n, str) for n in normalize)
    if not isinstance(normalize, bool | None) and not listed:
        raise UserError(
            f"data.normalize={normalize} is unknown: use true, false, or a list of parts, as in "
            "data.normalize=[features]"
        )
    if not isinstance(declares, Mapping | None):
        raise UserError(
            f"data.declares={declares} is unknown: use a group, as in "
            "data.declares={vocabulary_size: 99}"
        )


def named_part(option: str, part: Any, parts: Mapping[str, Any] | Split, name: str) -> Any:
    """A part that an option names.

    Raises:
        UserError: there is none.
    """
    names = parts.parts if isinstance(parts, Split) else parts
    if part not in names:
        raise UserError(f"{option}={part} is unknown: {name} has {', '.join(names)}")
    return parts[part]


def check_named(inputs: Any, labels: Any, parts: Mapping[str, Any], name: str) -> None:
    """Checks that data have what they say that a model is given, and what is predicted of it.

    A model that names its own parts would never ask for them, and classes of labels that are not
    there would hold for none.

    Raises:
        UserError: a part is not there.
    """
    for key, tree in (("inputs", inputs), ("labels", labels)):
        for part in leaves(tree) if tree is not None else ():
            named_part(f"data.{key}", part, parts, name)


def classes_of(
    where: str, classes: int | None, label: str | None, splits: Mapping[str, Parts]
) -> int | None:
    """The number of classes of whole-numbered labels, one a row.

    Where it was announced, there may be several labels a row, as one for each pixel.

    Raises:
        UserError: labels are none of the classes that were announced.
    """
    if label is None:
        return classes
    labels = [np.asarray(parts[label][:]) for parts in splits.values()]
    low, high = min(x.min() for x in labels), max(x.max() for x in labels)
    whole = all(x.dtype.kind in "iu" for x in labels)
    if classes is None:
        one = all(x.reshape(len(x), -1).shape[1] == 1 for x in labels)
        return int(high) + 1 if whole and one and low >= 0 else None
    check_whole("classes", classes, least=1, otherwise="null")
    wanted = class_numbers(where, label, classes)
    if not whole or low < 0 or high >= classes:
        raise UserError(wanted.refusal(labels[0], low, high) + wanted.otherwise)
    return classes


def picture_shape(
    image_shape: Sequence[int] | None, inputs: Sequence[str], parts: Parts
) -> tuple[int, int, int] | None:
    """Height, width and channels, where the input has them or they were given.

    Raises:
        UserError: what was given is no such shape.
    """
    if image_shape is not None:
        listed = isinstance(image_shape, list | tuple) and len(image_shape) in (2, 3)
        if not listed or not all(isinstance(n, int) and n > 0 for n in image_shape):
            raise UserError(
                f"data.image_shape={image_shape} is unknown: use [height,width,channels]"
            )
        height, width, *channels = image_shape
        return height, width, channels[0] if channels else 1
    shape = parts[inputs[0]].shape[1:]
    if len(inputs) == 1 and len(shape) == 3 and shape[-1] in (1, 3, 4):
        return tuple(shape)
    return None
