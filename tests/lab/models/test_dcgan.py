import keras
import numpy as np
import pytest
from keras import layers

from lab.models.dcgan import build_dcgan
from triceras.errors import UserError


def kinds(network, kind):
    return [layer for layer in network.layers if isinstance(layer, kind)]


@pytest.mark.parametrize(
    ("input_shape", "image_shape"),
    [((64,), (8, 8, 1)), ((8, 12, 1), (8, 12, 1)), ((784,), (28, 28, 1))],
)
def test_shapes(input_shape, image_shape):
    model = build_dcgan(input_shape, image_shape, latent_dim=5, filters=2)
    assert model.generator.input_shape == (None, 5)
    assert model.generator.output_shape == (None, *input_shape)
    assert model.discriminator.input_shape == (None, *input_shape)
    assert model.discriminator.output_shape == (None, 1)


def test_the_guidelines_are_followed():
    model = build_dcgan((64,), (8, 8, 1), filters=2, discriminator_activation="gelu")
    assert len(kinds(model.generator, layers.BatchNormalization)) == 2
    assert len(kinds(model.discriminator, layers.BatchNormalization)) == 1
    assert {c.strides for c in kinds(model.generator, layers.Conv2DTranspose)} == {(2, 2)}
    assert {c.strides for c in kinds(model.discriminator, layers.Conv2D)} == {(2, 2)}
    for network, activation in ((model.generator, "silu"), (model.discriminator, "gelu")):
        activations = kinds(network, layers.Activation)
        assert {a.activation.__name__ for a in activations} == {activation}
        assert len(activations) == 2
    assert not kinds(model.discriminator, layers.MaxPooling2D)


def test_kernels_are_drawn_apart_and_narrow():
    keras.utils.set_random_seed(0)
    model = build_dcgan((64,), (8, 8, 1), filters=8, initial_stddev=0.02)
    kernels = [
        keras.ops.convert_to_numpy(v.value).ravel()
        for v in model.trainable_variables
        if v.path.endswith("kernel")
    ]
    assert len(kernels) == 6
    assert np.std(np.concatenate(kernels)) == pytest.approx(0.02, rel=0.05)
    firsts = [kernel[0] for kernel in kernels]
    assert len(set(firsts)) == len(firsts)


def test_images_that_cannot_be_halved_twice():
    with pytest.raises(UserError, match="10x8 pixels do not allow: use data whose height"):
        build_dcgan((80,), (10, 8, 1))
