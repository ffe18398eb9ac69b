"""One seed gives the same initial weights on every backend, for all layers that Keras has."""

import inspect

import keras
import numpy as np
import pytest
from keras import layers

from triceras.random.install import install, uninstall

# Every layer that draws initial weights, how to make it, and the shapes to build it for.
DRAWING = {
    "AdditiveAttention": (lambda: layers.AdditiveAttention(), [[(2, 3, 4), (2, 5, 4)]]),
    "Bidirectional": (lambda: layers.Bidirectional(layers.GRU(3)), [(2, 4, 5)]),
    "Conv1D": (lambda: layers.Conv1D(3, 2), [(2, 7, 4)]),
    "Conv1DTranspose": (lambda: layers.Conv1DTranspose(3, 2), [(2, 7, 4)]),
    "Conv2D": (lambda: layers.Conv2D(3, 2), [(2, 7, 7, 4)]),
    "Conv2DTranspose": (lambda: layers.Conv2DTranspose(3, 2), [(2, 7, 7, 4)]),
    "Conv3D": (lambda: layers.Conv3D(3, 2), [(2, 5, 5, 5, 4)]),
    "Conv3DTranspose": (lambda: layers.Conv3DTranspose(3, 2), [(2, 5, 5, 5, 4)]),
    "ConvLSTM1D": (lambda: layers.ConvLSTM1D(3, 2), [(2, 4, 7, 4)]),
    "ConvLSTM2D": (lambda: layers.ConvLSTM2D(3, 2), [(2, 4, 7, 7, 4)]),
    "ConvLSTM3D": (lambda: layers.ConvLSTM3D(3, 2), [(2, 4, 5, 5, 5, 4)]),
    "Dense": (lambda: layers.Dense(5), [(2, 7)]),
    "DepthwiseConv1D": (lambda: layers.DepthwiseConv1D(2), [(2, 7, 4)]),
    "DepthwiseConv2D": (lambda: layers.DepthwiseConv2D(2), [(2, 7, 7, 4)]),
    "EinsumDense": (lambda: layers.EinsumDense("abc,cd->abd", (None, 5)), [(2, 3, 4)]),
    "Embedding": (lambda: layers.Embedding(10, 6), [(2, 3)]),
    "GRU": (lambda: layers.GRU(3), [(2, 4, 5)]),
    "GRUCell": (lambda: layers.GRUCell(3), [(2, 5)]),
    "GroupedQueryAttention": (
        lambda: layers.GroupQueryAttention(4, 4, 2),
        [(2, 3, 6), (2, 5, 6)],
    ),
    "LSTM": (lambda: layers.LSTM(3), [(2, 4, 5)]),
    "LSTMCell": (lambda: layers.LSTMCell(3), [(2, 5)]),
    "MultiHeadAttention": (lambda: layers.MultiHeadAttention(2, 3), [(2, 3, 6), (2, 5, 6)]),
    "RNN": (lambda: layers.RNN(layers.LSTMCell(3)), [(2, 4, 5)]),
    "ReversibleEmbedding": (
        lambda: layers.ReversibleEmbedding(10, 6, tie_weights=False),
        [(2, 3)],
    ),
    "SeparableConv1D": (lambda: layers.SeparableConv1D(3, 2), [(2, 7, 4)]),
    "SeparableConv2D": (lambda: layers.SeparableConv2D(3, 2), [(2, 7, 7, 4)]),
    "SimpleRNN": (lambda: layers.SimpleRNN(3), [(2, 4, 5)]),
    "SimpleRNNCell": (lambda: layers.SimpleRNNCell(3), [(2, 5)]),
    "SpectralNormalization": (
        lambda: layers.SpectralNormalization(layers.Dense(5)),
        [(2, 7)],
    ),
    "StackedRNNCells": (
        lambda: layers.StackedRNNCells([layers.LSTMCell(3), layers.GRUCell(2)]),
        [(2, 5)],
    ),
    "TimeDistributed": (lambda: layers.TimeDistributed(layers.Dense(5)), [(2, 4, 7)]),
}

# Layers whose weights are constants, or that have none; what they draw in a call goes through the
# same seam.
CONSTANT = """
Activation ActivityRegularization AdaptiveAveragePooling1D AdaptiveAveragePooling2D
AdaptiveAveragePooling3D AdaptiveMaxPooling1D AdaptiveMaxPooling2D AdaptiveMaxPooling3D Add
AlphaDropout Attention AugMix AutoContrast Average AveragePooling1D AveragePooling2D
AveragePooling3D BatchNormalization CategoryEncoding CenterCrop Concatenate
ContrastLimitedAdaptiveHistogramEqualization Cropping1D Cropping2D Cropping3D CutMix Discretization
Dot Dropout ELU Equalization Flatten GaussianDropout GaussianNoise GlobalAveragePooling1D
GlobalAveragePooling2D GlobalAveragePooling3D GlobalMaxPooling1D GlobalMaxPooling2D
GlobalMaxPooling3D GroupNormalization HashedCrossing Hashing Identity InputLayer IntegerLookup
Lambda Layer LayerNormalization LeakyReLU Masking MaxNumBoundingBoxes MaxPooling1D MaxPooling2D
MaxPooling3D Maximum MelSpectrogram Minimum MixUp Multiply Normalization PReLU Permute Pipeline
RMSNormalization RandAugment RandomBrightness RandomColorDegeneration RandomColorJitter
RandomContrast RandomCrop RandomElasticTransform RandomErasing RandomFlip RandomGaussianBlur
RandomGrayscale RandomHue RandomInvert RandomPerspective RandomPosterization RandomRotation
RandomSaturation RandomSharpness RandomShear RandomTranslation RandomZoom ReLU RepeatVector
Rescaling Reshape Resizing STFTSpectrogram Softmax Solarization SpatialDropout1D SpatialDropout2D
SpatialDropout3D StringLookup Subtract TextVectorization UnitNormalization UpSampling1D
UpSampling2D UpSampling3D Wrapper ZeroPadding1D ZeroPadding2D ZeroPadding3D
"""
NOT_DRAWING = CONSTANT.split()

# Layers of one framework, whose weights that framework draws.
FOREIGN = ["FlaxLayer", "JaxLayer", "TFSMLayer", "TorchModuleWrapper"]

# The length of all drawn weights in a row, and their projection on cosines, by JAX.
GOLDEN = {
    "AdditiveAttention": (4, 0.6380548),
    "Bidirectional": (180, 1.4358653),
    "Conv1D": (27, 1.7082928),
    "Conv1DTranspose": (27, 1.7082928),
    "Conv2D": (51, 1.0995178),
    "Conv2DTranspose": (51, 1.0995178),
    "Conv3D": (99, 2.0276178),
    "Conv3DTranspose": (99, 2.0276178),
    "ConvLSTM1D": (180, -3.9605606),
    "ConvLSTM2D": (348, 0.9728988),
    "ConvLSTM3D": (684, -0.5193706),
    "Dense": (40, 2.4494324),
    "DepthwiseConv1D": (12, 1.0336478),
    "DepthwiseConv2D": (20, 0.7145907),
    "EinsumDense": (20, 1.4641450),
    "Embedding": (60, 0.2511018),
    "GRU": (90, 3.2346659),
    "GRUCell": (90, 3.2346659),
    "GroupedQueryAttention": (326, -1.8806403),
    "LSTM": (108, 4.7859850),
    "LSTMCell": (108, 4.7859850),
    "MultiHeadAttention": (168, 1.1656259),
    "RNN": (108, 4.7859850),
    "ReversibleEmbedding": (120, 0.0176731),
    "SeparableConv1D": (23, 2.5273853),
    "SeparableConv2D": (31, 0.3330140),
    "SimpleRNN": (27, 0.3714501),
    "SimpleRNNCell": (27, 0.3714501),
    "SpectralNormalization": (45, 2.4793089),
    "StackedRNNCells": (150, 3.9510589),
    "TimeDistributed": (40, 2.4494324),
}


@pytest.fixture
def portable():
    install()
    yield
    uninstall()


def classes():
    """The layers of Keras, without their other names."""
    found = [getattr(layers, name) for name in dir(layers)]
    return {c.__name__ for c in found if inspect.isclass(c) and issubclass(c, keras.Layer)}


def drawn_weights(name):
    make, shapes = DRAWING[name]
    keras.utils.set_random_seed(0)
    layer = make()
    layer.build(*shapes)
    return [np.array(keras.ops.convert_to_numpy(v)).ravel() for v in layer.weights]


@pytest.mark.once
def test_every_layer_is_accounted_for():
    assert classes() == {*DRAWING, *NOT_DRAWING, *FOREIGN}, (
        "Keras has other layers than before: add the new ones to this file's lists"
    )


@pytest.mark.parametrize("name", DRAWING)
def test_initial_weights_are_the_same_everywhere(name, portable):
    weights = np.concatenate(drawn_weights(name))
    length, projection = GOLDEN[name]
    assert len(weights) == length
    assert weights.astype("float64") @ np.cos(np.arange(length)) == pytest.approx(
        projection, rel=1e-5, abs=1e-5
    )


@pytest.mark.parametrize("name", DRAWING)
def test_the_seed_decides(name, portable):
    first, again = drawn_weights(name), drawn_weights(name)
    assert all(map(np.array_equal, first, again))
    assert len(np.unique(np.concatenate(first))) > 2
