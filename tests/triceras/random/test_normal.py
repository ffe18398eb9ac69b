import keras
import numpy as np
import pytest
from keras import ops
from scipy import stats

from triceras.random.bits import random_bits
from triceras.random.keys import key_of
from triceras.random.normal import normal, normal_from_key, truncated_normal

KEY = np.array([1, 2], "int32")
# The quantiles of these draws, by SciPy in float64.
GOLDEN = [
    0.37579992413520813,
    -1.8977713584899902,
    -1.350214958190918,
    -1.6884936094284058,
    0.7792528867721558,
]
GOLDEN_TRUNCATED = [
    0.3579319715499878,
    -1.6419521570205688,
    -1.2415674924850464,
    -1.5036875009536743,
    0.7363781332969666,
]


@pytest.mark.slow_on("tensorflow")
@pytest.mark.parametrize(("truncation", "golden"), [(None, GOLDEN), (2.0, GOLDEN_TRUNCATED)])
def test_golden_numbers(truncation, golden, compiled, ulps):
    tensor = ops.convert_to_tensor(KEY)
    for numbers in (
        normal_from_key(KEY, (5,), truncation=truncation),
        normal_from_key(tensor, (5,), truncation=truncation),
        compiled(lambda key: normal_from_key(key, (5,), truncation=truncation), KEY),
    ):
        assert ulps(ops.convert_to_numpy(numbers), golden) <= 3


@pytest.mark.slow_on("jax", "tensorflow")
def test_every_number_is_the_quantile_of_its_bits(compiled, ulps):
    size = 100_000
    odd = random_bits(KEY, (size,)) >> 7 | 1
    exact = stats.norm.isf((1 - odd * 2.0**-24) / 2)
    host = normal_from_key(KEY, (size,))
    tensor = ops.convert_to_numpy(normal_from_key(ops.convert_to_tensor(KEY), (size,)))
    graph = compiled(lambda key: normal_from_key(key, (size,)), KEY)
    for numbers in (host, tensor, graph):
        assert ulps(numbers, exact) < 5
    assert ulps(tensor, host) <= 3
    assert ulps(graph, host) <= 3


def test_an_integer_seed_gives_the_same_numbers_to_the_last_bit():
    numbers = ops.convert_to_numpy(normal((1000,), seed=7))
    np.testing.assert_array_equal(numbers, normal_from_key(key_of(7), (1000,)))


def test_the_most_extreme_bits_give_finite_numbers(monkeypatch):
    words = np.array([0, 2**31 - 1, -(2**31), -1], "int32")
    monkeypatch.setattr("triceras.random.normal.random_bits", lambda *_: words)
    smallest, largest, least, negative = normal_from_key(KEY, (4,))
    assert 0 < smallest < 1e-7
    assert negative == -smallest
    assert 5.2 < largest < 5.5
    assert least == -largest
    cut = normal_from_key(KEY, (4,), truncation=2.0)
    assert 1.99999 < cut[1] <= 2
    assert cut[2] == -cut[1]


@pytest.mark.once
@pytest.mark.parametrize("seed", range(3))
def test_they_are_normal(seed):
    numbers = normal_from_key(key_of(seed), (100_000,)).astype("float64")
    assert stats.kstest(numbers, "norm").pvalue > 0.01
    standard_error = 1 / np.sqrt(len(numbers))
    assert abs(numbers.mean()) < 4 * standard_error
    assert abs(numbers.var() - 1) < 4 * np.sqrt(2) * standard_error
    assert abs(stats.skew(numbers)) < 4 * np.sqrt(6) * standard_error
    assert abs(stats.kurtosis(numbers)) < 4 * np.sqrt(24) * standard_error


@pytest.mark.once
def test_the_tails_are_normal():
    numbers = normal_from_key(key_of(3), (1_000_000,))
    for bound in (3.0, 4.0):
        expected = 1_000_000 * stats.norm.sf(bound)
        for count in ((numbers > bound).sum(), (numbers < -bound).sum()):
            assert abs(count - expected) < 4 * np.sqrt(expected)


@pytest.mark.once
def test_neighbouring_counters_and_seeds_are_uncorrelated():
    keys = [key_of(0), key_of(1), np.array([0, 1], "int32"), np.array([1, 1], "int32")]
    streams = np.stack([normal_from_key(key, (50_000,)) for key in keys])
    for x in (streams, np.abs(streams)):
        correlations = np.corrcoef(x)[np.triu_indices(4, 1)]
        assert np.abs(correlations).max() < 4 / np.sqrt(50_000)
        neighbours = [np.corrcoef(row[:-1], row[1:])[0, 1] for row in x]
        assert np.abs(neighbours).max() < 4 / np.sqrt(50_000)


def test_truncated_numbers_follow_the_truncated_distribution():
    numbers = ops.convert_to_numpy(truncated_normal((100_000,), seed=1)).astype("float64")
    assert np.abs(numbers).max() <= 2
    assert stats.kstest(numbers, stats.truncnorm(-2, 2).cdf).pvalue > 0.01
    numbers = ops.convert_to_numpy(truncated_normal((100_000,), mean=3.0, stddev=0.5, seed=1))
    assert numbers.min() >= 2
    assert numbers.max() <= 4
    assert abs(numbers.mean() - 3) < 0.02


@pytest.mark.parametrize("seed", [7, None], ids=["host", "tensor"])
@pytest.mark.parametrize(
    ("mean", "stddev"),
    [
        (0.0, 1.0),
        (1, 2),
        (np.float64(1.5), np.float32(0.5)),
        (np.array([1.0, 2.0, 3.0]), np.array([[0.1], [0.2]])),
    ],
)
def test_mean_and_deviation(mean, stddev, seed):
    seed = seed or keras.random.SeedGenerator(7)
    x = normal_from_key(key_of(7), (2, 3))
    numbers = ops.convert_to_numpy(normal((2, 3), mean=mean, stddev=stddev, seed=seed))
    assert numbers.dtype == np.float32
    np.testing.assert_allclose(numbers, x * stddev + mean, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", None])
@pytest.mark.parametrize("function", [normal, truncated_normal])
def test_types_are_rounded_from_float32(function, dtype):
    numbers = function((100,), dtype=dtype, seed=7)
    assert keras.backend.standardize_dtype(numbers.dtype) == (dtype or "float32")
    expected = ops.cast(function((100,), dtype="float32", seed=7), dtype or "float32")
    np.testing.assert_array_equal(
        ops.convert_to_numpy(ops.cast(numbers, "float32")),
        ops.convert_to_numpy(ops.cast(expected, "float32")),
    )


@pytest.mark.parametrize("shape", [(), (0, 3), (1,), [2, 3]])
def test_shapes(shape):
    assert tuple(normal(shape, seed=0).shape) == tuple(shape)
    assert tuple(normal(shape, seed=keras.random.SeedGenerator(0)).shape) == tuple(shape)
    assert tuple(truncated_normal(shape, seed=0).shape) == tuple(shape)
