"""Every layer of Keras, and those of its options that give it another kind of state."""

from collections.abc import Callable
from typing import Any

import keras
from keras import layers, ops

from triceras.keras_table.case import (
    BATCH_SIZE,
    Case,
    around,
    first,
    floats,
    sounds,
    sounds_in_channels,
    whole_numbers,
)
from triceras.keras_table.images import IMAGE_LAYERS

SEQUENCE, LINE, PLANE, SPACE = (4, 5), (6, 3), (6, 6, 2), (4, 4, 4, 2)
VIDEO = {1: (3, 6, 2), 2: (3, 5, 5, 2), 3: (3, 4, 4, 4, 2)}
BY_RANK = {1: LINE, 2: PLANE, 3: SPACE}


def by_rank(name: str, *args: Any, ranks: tuple[int, ...] = (1, 2, 3), **options: Any):
    """A layer of one, two and three dimensions."""

    def case(rank):
        make = getattr(layers, f"{name}{rank}D")
        return around(lambda: make(*args, **options), [BY_RANK[rank]])

    return {f"{name}{rank}D": case(rank) for rank in ranks}


def transposed(rank: int) -> Case:
    """A transposed convolution."""
    make = getattr(layers, f"Conv{rank}DTranspose")
    return around(lambda: make(2, 2), [BY_RANK[rank]])


def convolving(rank: int) -> Case:
    """A recurrent layer that convolves."""
    make = getattr(layers, f"ConvLSTM{rank}D")
    return around(lambda: make(2, 2), [VIDEO[rank]])


def between(make: Callable[[], keras.Layer], *shapes: tuple[int, ...]) -> Case:
    """A layer between two dense ones, of inputs of these shapes."""
    return around(make, shapes or [(6,)])


def recurrent(name: str, **options: Any) -> Case:
    """A recurrent layer."""
    batch_size = BATCH_SIZE if options.get("stateful") else None
    return around(lambda: getattr(layers, name)(3, **options), [SEQUENCE], batch_size)


LAYERS: dict[str, Case] = {
    **IMAGE_LAYERS,
    **by_rank("AdaptiveAveragePooling", 2),
    **by_rank("AdaptiveMaxPooling", 2),
    **by_rank("AveragePooling", 2),
    **by_rank("Conv", 2, 2),
    **{f"Conv{rank}DTranspose": transposed(rank) for rank in (1, 2, 3)},
    **{f"ConvLSTM{rank}D": convolving(rank) for rank in (1, 2, 3)},
    **by_rank("Cropping", 1),
    **by_rank("DepthwiseConv", 2, ranks=(1, 2)),
    **by_rank("GlobalAveragePooling"),
    **by_rank("GlobalMaxPooling"),
    **by_rank("MaxPooling", 2),
    **by_rank("SeparableConv", 2, 2, ranks=(1, 2)),
    **by_rank("SpatialDropout", 0.5),
    **by_rank("UpSampling", 2),
    **by_rank("ZeroPadding", 1),
    "Activation": between(lambda: layers.Activation("gelu")),
    "ActivityRegularization": between(lambda: layers.ActivityRegularization(0.01, 0.02)),
    "Add": between(lambda: layers.Add(), (6,), (6,)),
    "AdditiveAttention": between(lambda: layers.AdditiveAttention(), (3, 4), (5, 4)),
    "AlphaDropout": between(lambda: layers.AlphaDropout(0.3)),
    "Attention": between(lambda: layers.Attention(use_scale=True), (3, 4), (5, 4)),
    "Attention dropout": between(lambda: layers.Attention(dropout=0.3), (3, 4), (5, 4)),
    "Average": between(lambda: layers.Average(), (6,), (6,)),
    "BatchNormalization": between(lambda: layers.BatchNormalization(momentum=0.5)),
    "BatchNormalization renorm": between(
        lambda: layers.BatchNormalization(momentum=0.5, renorm=True, renorm_momentum=0.5)
    ),
    "BatchNormalization synchronized": between(
        lambda: layers.BatchNormalization(momentum=0.5, synchronized=True)
    ),
    "BatchNormalization of images": between(lambda: layers.BatchNormalization(momentum=0.5), PLANE),
    "Bidirectional": around(lambda: layers.Bidirectional(layers.GRU(3)), [SEQUENCE]),
    "CategoryEncoding": first(lambda: layers.CategoryEncoding(8), whole_numbers),
    "Concatenate": between(lambda: layers.Concatenate(), (6,), (4,)),
    "Dense": between(lambda: layers.Dense(5)),
    "Dense lora": between(lambda: layers.Dense(5, lora_rank=2)),
    "Discretization": first(lambda: layers.Discretization([-1.0, 0.0, 1.0]), floats),
    "Dot": between(lambda: layers.Dot(1), (6,), (6,)),
    "Dropout": between(lambda: layers.Dropout(0.5)),
    "ELU": between(lambda: layers.ELU()),
    "EinsumDense": between(lambda: layers.EinsumDense("abc,cd->abd", (4, 5)), SEQUENCE),
    "Embedding": first(lambda: layers.Embedding(8, 3), whole_numbers),
    "Flatten": between(lambda: layers.Flatten(), PLANE),
    "GRU": recurrent("GRU"),
    "GRU dropout": recurrent("GRU", dropout=0.3, recurrent_dropout=0.3),
    "GRU stateful": recurrent("GRU", stateful=True),
    "GRUCell": around(lambda: layers.RNN(layers.GRUCell(3)), [SEQUENCE]),
    "GaussianDropout": between(lambda: layers.GaussianDropout(0.3)),
    "GaussianNoise": between(lambda: layers.GaussianNoise(0.5)),
    "GroupNormalization": between(lambda: layers.GroupNormalization(2)),
    "GroupedQueryAttention": between(lambda: layers.GroupQueryAttention(4, 4, 2), (3, 6), (5, 6)),
    "HashedCrossing": first(lambda: Crossed(), whole_numbers),
    "Hashing": first(lambda: layers.Hashing(5), whole_numbers),
    "Identity": between(lambda: layers.Identity()),
    "IntegerLookup": first(lambda: layers.IntegerLookup(vocabulary=[3, 1, 4, 5]), whole_numbers),
    "LSTM": recurrent("LSTM"),
    "LSTM dropout": recurrent("LSTM", dropout=0.3, recurrent_dropout=0.3),
    "LSTM stateful": recurrent("LSTM", stateful=True),
    "LSTMCell": around(lambda: layers.RNN(layers.LSTMCell(3)), [SEQUENCE]),
    "Lambda": between(lambda: layers.Lambda(ops.sin)),
    "LayerNormalization": between(lambda: layers.LayerNormalization()),
    "LeakyReLU": between(lambda: layers.LeakyReLU()),
    "Masking": around(lambda: Masked(), [SEQUENCE]),
    "Maximum": between(lambda: layers.Maximum(), (6,), (6,)),
    "MelSpectrogram": first(
        lambda: layers.MelSpectrogram(16, 8, sampling_rate=64, num_mel_bins=4, min_freq=1.0),
        sounds,
    ),
    "Minimum": between(lambda: layers.Minimum(), (6,), (6,)),
    "MultiHeadAttention": between(lambda: layers.MultiHeadAttention(2, 3), (3, 6), (5, 6)),
    "MultiHeadAttention dropout": between(
        lambda: layers.MultiHeadAttention(2, 3, dropout=0.3), (3, 6), (5, 6)
    ),
    "Multiply": between(lambda: layers.Multiply(), (6,), (6,)),
    "Normalization": first(lambda: layers.Normalization(mean=0.3, variance=2.0), floats),
    "PReLU": between(lambda: layers.PReLU("ones")),
    "Permute": between(lambda: layers.Permute((2, 1)), SEQUENCE),
    "RMSNormalization": between(lambda: layers.RMSNormalization()),
    "RNN": around(lambda: layers.RNN(layers.LSTMCell(3)), [SEQUENCE]),
    "RNN unroll": around(lambda: layers.RNN(layers.LSTMCell(3), unroll=True), [SEQUENCE]),
    "ReLU": between(lambda: layers.ReLU()),
    "RepeatVector": between(lambda: layers.RepeatVector(3)),
    "Rescaling": between(lambda: layers.Rescaling(2.0, 0.5)),
    "Reshape": between(lambda: layers.Reshape((3, 2))),
    "ReversibleEmbedding": first(lambda: Tied(True), whole_numbers),
    "ReversibleEmbedding untied": first(lambda: Tied(False), whole_numbers),
    "STFTSpectrogram": first(
        lambda: layers.STFTSpectrogram("magnitude", 16, 8, fft_length=16), sounds_in_channels
    ),
    "SimpleRNN": recurrent("SimpleRNN"),
    "SimpleRNN stateful": recurrent("SimpleRNN", stateful=True),
    "SimpleRNNCell": around(lambda: layers.RNN(layers.SimpleRNNCell(3)), [SEQUENCE]),
    "Softmax": between(lambda: layers.Softmax()),
    "SpectralNormalization": between(lambda: layers.SpectralNormalization(layers.Dense(5, "tanh"))),
    "SpectralNormalization of a convolution": between(
        lambda: layers.SpectralNormalization(layers.Conv2D(3, 2), 2), PLANE
    ),
    "SpectralNormalization of an embedding": first(
        lambda: layers.SpectralNormalization(layers.Embedding(8, 3)), whole_numbers
    ),
    "StackedRNNCells": around(
        lambda: layers.RNN(layers.StackedRNNCells([layers.LSTMCell(3), layers.GRUCell(2)])),
        [SEQUENCE],
    ),
    "Subtract": between(lambda: layers.Subtract(), (6,), (6,)),
    "TimeDistributed": between(lambda: layers.TimeDistributed(layers.Dense(3)), SEQUENCE),
    "TimeDistributed batch normalization": between(
        lambda: layers.TimeDistributed(layers.BatchNormalization(momentum=0.5)), SEQUENCE
    ),
    "UnitNormalization": between(lambda: layers.UnitNormalization()),
}

FOREIGN = "is of one framework alone"
WORDS = "takes words, which no compiled step takes: use it on the data, before they are trained on"

# What is not trained here, and why.
WHY_NOT: dict[str, str] = {
    "FlaxLayer": FOREIGN,
    "InputLayer": "is in all of these models",
    "JaxLayer": FOREIGN,
    "MaxNumBoundingBoxes": "takes boxes, which are no array, and is used on the data",
    "StringLookup": WORDS,
    "TFSMLayer": FOREIGN,
    "TextVectorization": WORDS,
    "TorchModuleWrapper": FOREIGN,
    "Wrapper": "is the base of others",
}


class Crossed(layers.Layer):
    """Two features crossed."""

    def __init__(self):
        super().__init__()
        self.crossing = layers.HashedCrossing(5)

    def call(self, inputs):
        return self.crossing((inputs[:, 0], inputs[:, 1]))[:, None]

    def compute_output_spec(self, inputs):
        return keras.KerasTensor((inputs.shape[0], 1), "int32")


class Masked(layers.Layer):
    """A recurrent layer that leaves steps out."""

    def __init__(self):
        super().__init__()
        self.cut, self.masking, self.gru = layers.ReLU(), layers.Masking(), layers.GRU(3)

    def build(self, input_shape):
        self.gru.build(input_shape)

    def call(self, inputs):
        # The first step of each example in which the first feature is below 0 is all zeros.
        below = ops.cast(inputs[:, :1, :1] > 0, inputs.dtype)
        steps = ops.concatenate([inputs[:, :1] * below, inputs[:, 1:]], axis=1)
        return self.gru(self.masking(steps))

    def compute_output_spec(self, inputs):
        return keras.KerasTensor((inputs.shape[0], 3), inputs.dtype)


class Tied(layers.Layer):
    """Rows that are looked up, and compared with all rows there are."""

    def __init__(self, tie_weights: bool):
        super().__init__()
        self.embedding = layers.ReversibleEmbedding(8, 3, tie_weights=tie_weights)

    def build(self, input_shape):
        self.embedding.build(input_shape)

    def call(self, inputs):
        return self.embedding(ops.tanh(self.embedding(inputs)), reverse=True)
