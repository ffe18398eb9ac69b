import keras
import numpy as np
import pytest
from keras import ops

from triceras.data.augment import FreshBernoulli, bernoulli
from triceras.random.keys import key_of
from triceras.testing.small.data import load

KEY = key_of(5)
# The pixels that are 1 in the first image.
GOLDEN = [2, 3, 4, 5, 10, 11, 12, 13, 18, 20, 21, 27, 28, 34, 36, 37, 45, 52, 53, 58, 59, 60]


@pytest.fixture(scope="module")
def grey():
    return load(validation_size=1, test_size=1, binarize="fresh", limit=128).train["image"]


def test_the_bits_are_the_same_everywhere(grey, backend):
    class Draw(keras.Model):
        def call(self, x):
            return bernoulli(x, ops.convert_to_tensor(KEY), ops)

    host = bernoulli(grey, KEY, np)
    eager = bernoulli(ops.convert_to_tensor(grey), ops.convert_to_tensor(KEY), ops)
    model = Draw()
    model.compile(jit_compile=backend != "torch")
    compiled = model.predict(grey, batch_size=len(grey), verbose=0)
    for drawn in (host, ops.convert_to_numpy(eager), compiled):
        assert drawn.dtype == np.float32
        np.testing.assert_array_equal(drawn, host)
    assert np.flatnonzero(host[0]).tolist() == GOLDEN


def test_pixels_are_1_with_the_probability_of_their_grey_level(grey):
    draws = np.stack([bernoulli(grey, key_of(seed), np) for seed in range(100)])
    assert set(np.unique(draws)) == {0, 1}
    error = np.sqrt(grey * (1 - grey) / 100)
    assert (np.abs(draws.mean(axis=0) - grey) <= 6 * error).all()
    assert abs(draws.mean() - grey.mean()) < 4 * np.sqrt((error**2).sum()) / grey.size


def test_it_is_a_pure_function_of_images_and_key(grey):
    drawn = bernoulli(grey, KEY, np)
    np.testing.assert_array_equal(drawn, bernoulli(grey, KEY, np))
    assert (drawn != bernoulli(grey, key_of(6), np)).any()


@pytest.mark.parametrize("shape", [(2, 8, 8, 1), (3, 784), (0, 4)])
@pytest.mark.slow_on("jax")
def test_shapes(shape):
    x = np.full(shape, 0.5, "float32")
    host = bernoulli(x, KEY, np)
    tensor = bernoulli(ops.convert_to_tensor(x), ops.convert_to_tensor(KEY), ops)
    assert host.shape == shape
    np.testing.assert_array_equal(ops.convert_to_numpy(tensor), host)


@pytest.mark.once
def test_of_the_parts_one_is_drawn_anew(grey):
    parts = {"image": grey, "label": np.arange(len(grey))}
    augment = FreshBernoulli("image")
    found = augment(parts, KEY, np)
    assert augment.parts == ("image",)
    assert found["label"] is parts["label"]
    np.testing.assert_array_equal(found["image"], bernoulli(grey, KEY, np))
    assert parts["image"] is grey
