"""Examples of several lengths as a user would write them, and a model of them, for tests.

Workers import them, which need no Keras.
"""

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import keras

COUNT, LONGEST, WORDS, CLASSES = 120, 12, 9, 3


def sentence(number: int) -> dict[str, Any]:
    """Words, which of them are even, and their class; all follow from the number alone."""
    generator = np.random.default_rng(number)
    words = generator.integers(1, WORDS + 1, generator.integers(1, LONGEST + 1))
    even = (words % 2 == 0).astype("float32")[:, None]
    return {"words": words, "even": even, "label": int(words.sum() % CLASSES)}


class Sentences:
    """Examples by number."""

    def __len__(self) -> int:
        return COUNT

    def __getitem__(self, number: int) -> dict[str, Any]:
        if not 0 <= number < COUNT:
            raise IndexError(number)
        return sentence(number)


def build_reader(
    input_shape: tuple[int | None, ...], classes: int, words_length: int
) -> "keras.Model":
    """A model of words that are filled up with zeros, which it leaves out.

    Args:
        input_shape: shape of one example, `(words,)`, of any number of them.
        classes: number of logits.
        words_length: the largest number of words.

    Returns:
        A built `keras.Model`: words to a dictionary of `label`, logits `(batch, classes)`, and
        `even`, `(batch, words, 1)`.
    """
    import keras

    words = keras.Input(input_shape)
    x = keras.layers.Embedding(WORDS + 1, 8, mask_zero=True)(words)
    even = keras.layers.Dense(1, name="even")(x)
    x = keras.layers.GlobalAveragePooling1D()(x)
    x = keras.layers.Rescaling(1.0 / words_length)(keras.layers.Dense(8, "tanh")(x))
    outputs = {"label": keras.layers.Dense(classes, name="label")(x), "even": even}
    return keras.Model(words, outputs, name="reader")
