"""Texts as whole numbers."""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from triceras.errors import UserError

TOLD = 5
VOCABULARY_SIZE = "vocabulary_size"


def is_text(array: Any) -> bool:
    """Whether an array holds texts."""
    return np.dtype(array.dtype).kind in "US"


def is_number(text: str) -> bool:
    """Whether a text is a number to who reads the table: `nan` and `1_000` are to Python alone."""
    try:
        return "_" not in text and not math.isnan(float(text))
    except ValueError:
        return False


def check_words(name: str, vocabulary: Sequence[str], where: str) -> None:
    """Checks that the texts of a part are no numbers, which the alphabet would put in its order.

    Texts of digits alone may be names, as of a ward, and of two the order means nothing.

    Args:
        name: of the part.
        vocabulary: its texts.
        where: what holds them, for messages.

    Raises:
        UserError: half of them or more are numbers, of which some have a point, a sign or an
            exponent.
    """
    like = [text for text in vocabulary if is_number(text)]
    digits = all(text.strip().isdigit() for text in like)
    if digits or len(vocabulary) <= 2 or 2 * len(like) < len(vocabulary):
        return
    raise UserError(
        f"{where}: the part {name!r} holds numbers as texts ({like[0]!r}, ...), which would be "
        "told apart in the order of the alphabet: make numbers of them; where they are names, put "
        "a letter before each"
    )


def vocabulary_of(arrays: Sequence[np.ndarray]) -> list[str]:
    """All texts of some arrays, each once, in their order."""
    found: set[str] = set()
    for array in arrays:
        found.update(np.unique(array.astype(str)).tolist())
    return sorted(found)


def numbers_of(name: str, texts: np.ndarray, vocabulary: Sequence[str], where: str) -> np.ndarray:
    """The place of each text in a vocabulary.

    Args:
        name: of the part, for messages.
        texts: any array of texts.
        vocabulary: in its order.
        where: what holds the texts, for messages.

    Returns:
        An int32 array of the same shape.

    Raises:
        UserError: a text is not in the vocabulary.
    """
    different, places = np.unique(texts.astype(str), return_inverse=True)
    known = {text: number for number, text in enumerate(vocabulary)}
    unknown = [text for text in different.tolist() if text not in known]
    if unknown:
        told = ", ".join(repr(text) for text in unknown[:TOLD])
        raise UserError(
            f"{where}: the part {name!r} has {told}{', ...' if unknown[TOLD:] else ''}, which the "
            f"run was not trained on: it knows {', '.join(map(repr, vocabulary[:TOLD]))}"
            f"{', ...' if vocabulary[TOLD:] else ''}"
        )
    numbers = np.array([known[text] for text in different.tolist()], np.int32)
    return numbers[places].reshape(texts.shape)


def size_of(part: str) -> str:
    """What a model's parameter for the number of a part's texts is called."""
    return f"{re.sub(r'[^0-9a-zA-Z_]', '_', part)}_{VOCABULARY_SIZE}"


def declared(vocabularies: Mapping[str, Sequence[str]], label: str | None) -> dict[str, Any]:
    """What a model may be built with: how many words the vocabularies have.

    Args:
        vocabularies: by part.
        label: the part of the label, whose number of words is `classes`.

    Returns:
        For each other part `<part>_vocabulary_size`, and `vocabulary_size` where there is one only.
    """
    sizes = {name: len(words) for name, words in vocabularies.items() if name != label}
    found = {size_of(name): n for name, n in sizes.items()}
    if len(sizes) == 1:
        found[VOCABULARY_SIZE] = next(iter(sizes.values()))
    return found
