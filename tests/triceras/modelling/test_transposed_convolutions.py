import numpy as np
import pytest
from keras import ops

from triceras.engines import input_gradients
from triceras.modelling import transposed_convolutions

pytestmark = pytest.mark.keras_internals  # it replaces private parts of Keras


@pytest.fixture(autouse=True)
def mended():
    transposed_convolutions.install()
    transposed_convolutions.install()


@pytest.mark.parametrize("size", [2, 3, 4])
@pytest.mark.parametrize("output_padding", [0, 1])
def test_results_are_cut_out_of_the_whole(size, output_padding):
    generator = np.random.default_rng(0)
    x = generator.normal(size=(1, 5, 1)).astype("float32")
    kernel = generator.normal(size=(size, 1, 1)).astype("float32")
    whole = np.zeros(2 * 4 + size + 2)
    for place in range(5):
        whole[2 * place : 2 * place + size] += x[0, place, 0] * kernel[:, 0, 0]
    length = 2 * 4 + size % 2 + output_padding
    start = (2 * 4 + size - length) // 2

    def function(x):
        return ops.conv_transpose(x, kernel, 2, "same", output_padding)

    found = ops.convert_to_numpy(function(x))
    assert found.shape == (1, length, 1)
    np.testing.assert_allclose(found[0, :, 0], whole[start : start + length], atol=1e-6)
    by = ops.convert_to_numpy(input_gradients(function, x))
    sums = [kernel[max(0, start - 2 * i) : max(0, start + length - 2 * i)].sum() for i in range(5)]
    np.testing.assert_allclose(by[0, :, 0], sums, atol=1e-5)


def test_several_axes_are_cut():
    x, kernel = np.ones((1, 3, 4, 1), "float32"), np.ones((2, 3, 2, 1), "float32")
    assert ops.conv_transpose(x, kernel, 2, "same", 0).shape == (1, 4, 7, 2)
    first = np.moveaxis(x, -1, 1)
    found = ops.conv_transpose(first, kernel, (2, 1), "same", 0, data_format="channels_first")
    assert found.shape == (1, 2, 4, 4)
