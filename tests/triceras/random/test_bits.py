import keras
import numpy as np
import pytest
from keras import ops
from scipy import stats

from triceras.random.bits import random_bits, uniform_from_key
from triceras.random.keys import key_of, split

KEY = np.array([1, 2], "int32")
GOLDEN_BITS = [629071667, -2023517645, -1767492697, -1951382812, 1211544305]
GOLDEN_UNIFORM = np.array([2457311, 8872850, 9872947, 9154626, 4732594]) / 2**24


def test_bits_are_those_of_threefry():
    words = np.array([0x6B200159, 0x99BA4EFE], "uint32").view("int32")
    np.testing.assert_array_equal(random_bits(key_of(0), (2,)), words)


@pytest.mark.slow_on("tensorflow")
def test_golden_bits(compiled):
    for bits in (
        random_bits(KEY, (5,)),
        ops.convert_to_numpy(random_bits(ops.convert_to_tensor(KEY), (5,))),
        ops.convert_to_numpy(random_bits(KEY, (5,), ops)),
        compiled(lambda key: random_bits(key, (5,)), KEY),
    ):
        assert bits.dtype == np.int32
        assert bits.tolist() == GOLDEN_BITS


def test_golden_uniform_numbers(compiled):
    for numbers in (
        uniform_from_key(KEY, (5,)),
        ops.convert_to_numpy(uniform_from_key(ops.convert_to_tensor(KEY), (5,))),
        ops.convert_to_numpy(uniform_from_key(KEY, (5,), ops)),
        compiled(lambda key: uniform_from_key(key, (5,)), KEY),
    ):
        assert numbers.dtype == np.float32
        np.testing.assert_array_equal(numbers, GOLDEN_UNIFORM)


@pytest.mark.parametrize("shape", [(), (0,), (1,), (3, 0, 2), (7,), (2, 3, 5)])
def test_shapes(shape):
    host = uniform_from_key(KEY, shape)
    tensor = uniform_from_key(ops.convert_to_tensor(KEY), shape)
    assert host.shape == tuple(tensor.shape) == shape
    np.testing.assert_array_equal(ops.convert_to_numpy(tensor), host)


def test_a_host_key_serves_a_shape_that_only_the_graph_knows():
    class Noise(keras.Model):
        def call(self, x):
            return ops.convert_to_tensor(uniform_from_key(KEY, ops.shape(x)))

    # TensorFlow traces the smaller last batch with an unknown size.
    numbers = Noise().predict(np.zeros((3, 5), "float32"), batch_size=2, verbose=0)
    np.testing.assert_array_equal(numbers[:2], uniform_from_key(KEY, (2, 5)))
    np.testing.assert_array_equal(numbers[2:], uniform_from_key(KEY, (1, 5)))


def test_large_draws_are_the_same_on_tensors_to_the_last_bit():
    host = uniform_from_key(KEY, (100_001,))
    tensor = uniform_from_key(ops.convert_to_tensor(KEY), (100_001,))
    np.testing.assert_array_equal(ops.convert_to_numpy(tensor), host)


@pytest.mark.once
def test_uniform_numbers_are_the_top_24_bits():
    top = random_bits(KEY, (100_000,)).view("uint32") >> 8
    numbers = uniform_from_key(KEY, (100_000,))
    np.testing.assert_array_equal(numbers.astype("float64") * 2**24, top)


@pytest.mark.slow
@pytest.mark.once
def test_each_bit_is_1_in_half_of_all_draws():
    words = random_bits(KEY, (100_000,)).view("uint32")
    frequency = (words[:, None] >> np.arange(32, dtype="uint32") & 1).mean(axis=0)
    np.testing.assert_allclose(frequency, 0.5, atol=5 * 0.5 / np.sqrt(100_000))


@pytest.mark.once
@pytest.mark.parametrize("seed", range(3))
def test_uniform_numbers_are_uniform(seed):
    numbers = uniform_from_key(key_of(seed), (100_000,)).astype("float64")
    assert stats.kstest(numbers, "uniform").pvalue > 0.01
    assert abs(numbers.mean() - 1 / 2) < 4 / np.sqrt(12 * 100_000)
    assert abs(numbers.var() - 1 / 12) < 4 / np.sqrt(180 * 100_000)


@pytest.mark.once
@pytest.mark.parametrize("lag", [1, 2, 784, 50_000])
def test_neighbours_in_a_draw_are_uncorrelated(lag):
    numbers = uniform_from_key(KEY, (100_000,))
    correlation = np.corrcoef(numbers[:-lag], numbers[lag:])[0, 1]
    assert abs(correlation) < 4 / np.sqrt(len(numbers) - lag)


@pytest.mark.slow
@pytest.mark.once
@pytest.mark.parametrize(
    "keys",
    [
        np.stack([key_of(seed) for seed in range(20)]),
        np.array([[0, counter] for counter in range(20)], "int32"),
        split(KEY, 20),
    ],
    ids=["seeds", "counters", "split"],
)
def test_streams_of_neighbouring_keys_are_uncorrelated(keys):
    streams = np.stack([uniform_from_key(key, (10_000,)) for key in keys])
    correlations = np.corrcoef(streams)[np.triu_indices(20, 1)]
    assert np.abs(correlations).max() < 4.5 / np.sqrt(10_000)
    assert stats.kstest(correlations * np.sqrt(10_000), "norm").pvalue > 0.01
    # Across the streams, at each position.
    assert stats.kstest(streams[:, :500].ravel(), "uniform").pvalue > 0.01
