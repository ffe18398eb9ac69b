"""A small transformer that answers with one token."""

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="lab")
class TokenAndPosition(keras.layers.Layer):
    """Turns tokens `(batch, length)` into vectors `(batch, length, width)`.

    Each is the sum of a vector of the token and a vector of its position, both learned.

    Args:
        vocabulary_size: number of tokens.
        width: of the vectors.
        stddev: of the initial vectors.
    """

    def __init__(self, vocabulary_size: int, width: int, stddev: float = 0.02, **kwargs: Any):
        super().__init__(**kwargs)
        self.vocabulary_size = vocabulary_size
        self.width = width
        self.stddev = stddev

    def build(self, input_shape: Any) -> None:
        shapes = {"tokens": self.vocabulary_size, "positions": input_shape[-1]}
        self.tokens, self.positions = (
            self.add_weight(
                shape=(rows, self.width),
                initializer=keras.initializers.RandomNormal(stddev=self.stddev),
                name=name,
            )
            for name, rows in shapes.items()
        )

    def call(self, inputs: Any) -> Any:
        return ops.take(self.tokens, inputs, axis=0) + self.positions

    def compute_output_shape(self, input_shape: Any) -> Any:
        return (*input_shape, self.width)

    def get_config(self) -> dict[str, Any]:
        config = {"vocabulary_size": self.vocabulary_size, "width": self.width}
        return {**super().get_config(), **config, "stddev": self.stddev}


def build_transformer(
    input_shape: tuple[int, ...],
    vocabulary_size: int,
    classes: int,
    width: int = 128,
    heads: int = 4,
    blocks: int = 1,
    activation: str = "gelu",
    stddev: float = 0.02,
) -> keras.Model:
    """A classifier of sentences: a decoder that is asked for the token after the last one.

    Args:
        input_shape: shape of one sentence, `(length,)`.
        vocabulary_size: number of tokens.
        classes: number of logits.
        width: of the vector of a token.
        heads: of each attention, which share the width.
        blocks: number of blocks of attention and a perceptron of one hidden layer, four times as
            wide, each on normalised vectors and added to what it was given.
        activation: of the hidden layers.
        stddev: of the initial vectors of tokens and positions.

    Returns:
        A built `keras.Model`: tokens `(batch, length)` to logits `(batch, classes)`.

    Reference:
        [Vaswani et al., 2017](https://arxiv.org/abs/1706.03762).
    """
    tokens = keras.Input(input_shape, dtype="int32")
    x = TokenAndPosition(vocabulary_size, width, stddev)(tokens)
    for i in range(blocks):
        normalized = keras.layers.LayerNormalization()(x)
        # Nobody asks what the other tokens are in the end: the last one may see them all.
        last = i == blocks - 1
        asking, x = (normalized[:, -1:], x[:, -1:]) if last else (normalized, x)
        # Softmax takes no notice of a key's bias, whose gradient would be rounding alone.
        attention = keras.layers.MultiHeadAttention(heads, width // heads, use_bias=False)
        x = x + attention(asking, normalized, use_causal_mask=not last)
        hidden = keras.layers.Dense(4 * width, activation)(keras.layers.LayerNormalization()(x))
        x = x + keras.layers.Dense(width)(hidden)
    answer = keras.layers.LayerNormalization()(x[:, -1])
    return keras.Model(tokens, keras.layers.Dense(classes)(answer), name="transformer")
