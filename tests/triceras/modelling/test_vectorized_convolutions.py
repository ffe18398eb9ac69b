import keras
import numpy as np
import pytest
from keras import layers, ops

from triceras.modelling import channels_last, vectorized_convolutions
from triceras.testing.loops import train

X = np.random.default_rng(0).normal(size=(8, 8, 8, 2)).astype("float32")
Y = X[:, 0, 0, :1]
LAYERS = {
    "conv1d": lambda: [layers.Reshape((64, 2)), layers.Conv1D(3, 3, padding="causal")],
    "conv2d": lambda: [layers.Conv2D(3, 3, strides=2, padding="same")],
    "conv2d_in_groups": lambda: [layers.Conv2D(4, 3, groups=2)],
    "conv2d_transpose": lambda: [layers.Conv2DTranspose(3, 3, strides=2, padding="same")],
    "depthwise": lambda: [layers.DepthwiseConv2D(3)],
    "separable": lambda: [layers.SeparableConv2D(3, 3, dilation_rate=2)],
    "conv3d": lambda: [layers.Reshape((8, 8, 2, 1)), layers.Conv3D(2, 2)],
    "pooled": lambda: [layers.Conv2D(3, 3), layers.MaxPooling2D(2), layers.AveragePooling2D(2)],
    "normalized": lambda: [layers.Conv2D(4, 3), layers.BatchNormalization()],
}


@pytest.fixture(autouse=True)
def mended():
    channels_last.install()
    vectorized_convolutions.install()
    vectorized_convolutions.install()


class Generated(keras.Model):
    """Gives each example weights of its own: those of a model, times a number."""

    def __init__(self, target, way):
        super().__init__()
        self.target, self.way = target, way

    def call(self, inputs, training=False):
        state = [variable.value for variable in self.target.non_trainable_variables]
        scales = 1.0 + ops.mean(inputs, (1, 2, 3))
        weights = [
            ops.reshape(scales, (-1, *(1 for _ in variable.shape)))
            * ops.convert_to_tensor(variable)
            for variable in self.target.trainable_variables
        ]

        def call(example):
            x, own = example
            return self.target.stateless_call(own, state, x[None], training=training)[0][0]

        return self.way(call, (inputs, weights))


def made(name, way):
    keras.utils.set_random_seed(0)
    target = keras.Sequential(
        [keras.Input(X.shape[1:]), *LAYERS[name](), layers.Flatten(), layers.Dense(1)]
    )
    model = Generated(target, way)
    model.compile(keras.optimizers.SGD(1e-3), "mse")
    model(X[:1])
    return model


@pytest.mark.parametrize("name", LAYERS)
def test_each_example_may_have_a_kernel_of_its_own(name, backend):
    if backend != "torch":
        pytest.skip("mended on PyTorch alone")
    found, wanted = (
        ops.convert_to_numpy(made(name, way)(X, training=True))
        for way in (ops.vectorized_map, ops.map)
    )
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-5)
    assert len(np.unique(found.round(5))) == len(X)


@pytest.mark.slow
@pytest.mark.in_turn
@pytest.mark.parametrize("loop", ["custom", "fit"])
def test_such_kernels_are_trained(loop):
    found, wanted = (
        train(made("pooled", way), X, Y, loop, 4, epochs=3)[0]
        for way in (ops.vectorized_map, ops.map)
    )
    np.testing.assert_allclose(found, wanted, rtol=1e-5)
    assert found[-2:].mean() < found[:2].mean()
