"""Holds a data set to what it announces: its classes, and the size of its vocabulary."""

import math
from collections.abc import Sequence

from triceras.data.categories import VOCABULARY_SIZE, size_of
from triceras.data.dataset import Dataset
from triceras.data.options import check_whole
from triceras.data.parts import inputs_of, label_of
from triceras.data.tree import leaves
from triceras.data.whole_numbers import WholeNumbers, class_numbers
from triceras.errors import UserError


def held_to_its_word(
    data: Dataset,
    where: str,
    wanted: Sequence[WholeNumbers] = (),
    compared: bool = True,
    pictures: bool = True,
) -> Dataset:
    """The same data, whose labels are classes and whose tokens are of the vocabulary.

    What is in memory is looked at here; what is made or read later, when it is.

    Args:
        data: the data set. Nothing is expected of a part that it does not say to be one of those.
        where: what it is, for messages.
        wanted: what else is expected of it.
        compared: whether there is more to it than what a model is given: nothing is expected of
            that otherwise.
        pictures: whether they have pictures of the shape that they say. Data that were given it by
            a run need none, where its model is not given the pictures.

    Raises:
        UserError: there are other whole numbers, or no such pictures.
    """
    if pictures:
        check_image_shape(data, where)
    expected = [*classes(data, where), *vocabularies(data, where), *wanted]
    if not compared:
        given = set(leaves(inputs_of(data)))
        expected = [one for one in vocabularies(data, where) if one.part in given]
    for split in (data.train, data.validation, data.test):
        if split is not None:
            split.expect(expected)
    return data


def check_image_shape(data: Dataset, where: str) -> None:
    """Checks that a part has pictures of the shape that data announce, flat ones included.

    A model that gives its input this shape would see rows of one picture as parts of others.

    Raises:
        UserError: none has.
    """
    if data.image_shape is None:
        return
    wanted = tuple(data.image_shape)
    fitting = [wanted, (math.prod(wanted),)] + ([wanted[:2]] if wanted[2:] == (1,) else [])
    shapes = {part: tuple(data.train.shape(part)) for part in data.train.parts}
    if not any(shape in fitting or None in shape for shape in shapes.values()):
        told = ", ".join(f"{part} has {shape}" for part, shape in shapes.items())
        raise UserError(
            f"{where}: data.image_shape={list(wanted)} is that of no part ({told}): leave it out, "
            "or give height, width and channels of the pictures"
        )


def classes(data: Dataset, where: str) -> list[WholeNumbers]:
    """What is expected of labels."""
    label = label_of(data)
    if data.classes is None or label is None:
        return []
    check_whole("classes", data.classes, least=1, otherwise="null")
    return [class_numbers(where, label, data.classes)]


def vocabularies(data: Dataset, where: str) -> list[WholeNumbers]:
    """What is expected of tokens."""
    named = {part: size_of(part) for part in data.train.parts}
    inputs = list(leaves(inputs_of(data)))
    # Where a part has texts that the model is not given, the size is that of these.
    if len(inputs) == 1 and not any(name in data.declares for name in named.values()):
        named[inputs[0]] = VOCABULARY_SIZE
    return [
        WholeNumbers(where, part, f"data.declares.{name}", data.declares[name])
        for part, name in named.items()
        if isinstance(data.declares.get(name), int)
    ]
