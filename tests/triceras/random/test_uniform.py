import keras
import numpy as np
import pytest
from keras import ops
from scipy import stats

from triceras.random.bits import random_bits, uniform_from_key
from triceras.random.keys import key_of
from triceras.random.uniform import halves, multiply_high, randint, uniform

KEY = np.array([1, 2], "int32")


def host(x):
    return ops.convert_to_numpy(x)


@pytest.mark.slow_on("tensorflow")
def test_golden_numbers(compiled):
    golden = np.array([2457311, 8872850, 9872947, 9154626, 4732594]) / 2**24
    np.testing.assert_array_equal(host(uniform((5,), seed=ops.convert_to_tensor(KEY))), golden)
    np.testing.assert_array_equal(compiled(lambda key: uniform((5,), seed=key), KEY), golden)


@pytest.mark.filterwarnings("ignore:Explicitly requested dtype")
@pytest.mark.parametrize(("minval", "maxval"), [(-0.05, 0.05), (0.0, 1), (3, 10), (0.9, 1.0)])
@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
def test_bounds(minval, maxval, dtype):
    x = uniform((50_000,), minval, maxval, dtype=dtype, seed=1)
    bounds = ops.convert_to_tensor([minval, maxval], dtype)
    assert keras.backend.standardize_dtype(x.dtype) in (dtype, "float32")
    low, high = host(ops.cast(bounds, "float32"))
    x = host(ops.cast(x, "float32"))
    assert x.min() >= low
    assert x.max() < high
    # The bounds themselves are rounded, in bfloat16 to 3 digits.
    assert abs(x.mean() - (minval + maxval) / 2) < 0.03 * (maxval - minval)


def test_the_largest_draw_stays_below_the_excluded_end(monkeypatch):
    draws = np.array([0, 2**24 - 1, 2**23], "float32") * np.float32(2**-24)
    monkeypatch.setattr("triceras.random.uniform.uniform_from_key", lambda *_, **__: draws)
    assert host(uniform((3,), 1.0, 1.5, seed=0)).tolist() == [1.0, 1.0, 1.25]
    bounds = (np.array([1.0, 1.0, 2.0]), np.array([1.5, 1.5, 4.0]))
    assert host(uniform((3,), *bounds, seed=0)).tolist() == [1.0, 1.0, 3.0]


def test_half_precision_is_evenly_spread():
    x = host(ops.cast(uniform((50_000,), 0.9, 1.0, dtype="float16", seed=1), "float32"))
    levels, counts = np.unique(x, return_counts=True)
    assert levels[-1] == 1 - 2.0**-11
    # The range begins between the first level and the second one.
    assert stats.chisquare(counts[1:]).pvalue > 0.01


def test_array_bounds_broadcast():
    high = np.array([1.0, 2.0, 4.0])
    x = host(uniform((2, 3), np.zeros(3), high, seed=1))
    np.testing.assert_allclose(x, uniform_from_key(key_of(1), (2, 3)) * high, rtol=1e-6)


def test_they_are_uniform():
    x = host(uniform((50_000,), -2.0, 3.0, seed=keras.random.SeedGenerator(1)))
    assert stats.kstest(x.astype("float64"), stats.uniform(-2, 5).cdf).pvalue > 0.01


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_precision_never_rounds_up_to_1(dtype):
    x = host(ops.cast(uniform((50_000,), dtype=dtype, seed=1), "float32"))
    assert x.max() < 1
    assert x.max() > 0.98


@pytest.mark.parametrize("shape", [(), (0, 3), [2, 3]])
def test_shapes(shape):
    assert tuple(uniform(shape, seed=0).shape) == tuple(shape)
    assert tuple(randint(shape, 0, 2, seed=0).shape) == tuple(shape)


@pytest.mark.slow_on("tensorflow")
def test_golden_integers(compiled):
    golden = [2, -5, -5, 5, 1, -4, 0, 4]
    assert host(randint((8,), -5, 6, seed=1)).tolist() == golden
    generator = keras.random.SeedGenerator(1)
    assert host(randint((8,), -5, 6, seed=generator)).tolist() == golden
    assert compiled(lambda key: randint((8,), -5, 6, seed=key), key_of(1)).tolist() == golden


@pytest.mark.parametrize(
    ("minval", "maxval"),
    [(0, 2**31), (-(2**31), 0), (-(2**31), 2**31 - 1), (-(2**31), 2**31), (-(2**31), -(2**31) + 1)],
)
def test_integers_reach_across_all_of_int32(minval, maxval):
    x = host(randint((50_000,), minval, maxval, seed=1)).astype("int64")
    words = random_bits(key_of(1), (50_000,)).view("uint32").astype(object)
    if maxval - minval == 2**32:
        words = words - 2 * (words >= 2**31) * 2**31 + 2**31
    expected = minval + (words * (maxval - minval) >> 32)
    np.testing.assert_array_equal(x, expected.astype("int64"))


def test_integers_are_uniform():
    x = host(randint((50_000,), -3, 4, seed=keras.random.SeedGenerator(1)))
    assert stats.chisquare(np.bincount(x + 3, minlength=7)).pvalue > 0.01


def test_a_range_of_one_integer():
    assert host(randint((3,), 4, 5, seed=1)).tolist() == [4, 4, 4]


@pytest.mark.parametrize(
    ("minval", "maxval"),
    [
        (0.0, 10.0),
        (np.int64(0), np.int64(10)),
        (np.zeros(4, "int32"), np.full(4, 10)),
        (0, np.full(4, 10)),
    ],
    ids=["floats", "numpy", "arrays", "mixed"],
)
def test_other_forms_of_bounds(minval, maxval):
    expected = host(randint((4,), 0, 10, seed=1))
    np.testing.assert_array_equal(host(randint((4,), minval, maxval, seed=1)), expected)
    low, high = (ops.convert_to_tensor(bound, "int32") for bound in (minval, maxval))
    np.testing.assert_array_equal(host(randint((4,), low, high, seed=1)), expected)


def test_bounds_that_only_the_graph_knows(compiled):
    expected = host(randint((4,), 0, 10, seed=1))
    numbers = compiled(lambda x: randint((4,), x[0], x[1], seed=1), np.array([0, 10], "int32"))
    np.testing.assert_array_equal(numbers, expected)


@pytest.mark.filterwarnings("ignore:Explicitly requested dtype")
@pytest.mark.parametrize("dtype", ["uint8", "int8", "int16", "int32", "int64"])
def test_integer_types(dtype):
    x = randint((100,), 0, 100, dtype=dtype, seed=1)
    # JAX holds no int64.
    assert keras.backend.standardize_dtype(x.dtype) in (dtype, "int32")
    np.testing.assert_array_equal(host(x), host(randint((100,), 0, 100, seed=1)))


@pytest.mark.parametrize(
    ("minval", "maxval", "match"),
    [
        (0, 2**31 + 1, "2147483649 is outside the range of int32"),
        (-(2**31) - 1, 0, "-2147483649 is outside the range of int32"),
        (0, np.int64(2**40), "outside the range of int32"),
        (5, 5, r"\[5, 5\) holds no integer"),
        (5, 3, r"\[5, 3\) holds no integer"),
    ],
)
def test_impossible_bounds_are_refused(minval, maxval, match):
    with pytest.raises(ValueError, match=match):
        randint((2,), minval, maxval, seed=0)


def test_multiply_high():
    edges = np.array([0, 1, 2, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF], "uint32")
    words = np.concatenate([edges, random_bits(KEY, (50,)).view("uint32")])
    x, y = (a.ravel() for a in np.meshgrid(words, words))
    product = multiply_high(*(ops.convert_to_tensor(a.view("int32")) for a in (x, y)))
    expected = (x.astype("uint64") * y.astype("uint64") >> np.uint64(32)).astype("uint32")
    np.testing.assert_array_equal(host(product).view("uint32"), expected)


def test_halves():
    high, low = halves(ops.convert_to_tensor(np.array([0x12345678, -1], "int32")))
    assert host(high).tolist() == [0x1234, 0xFFFF]
    assert host(low).tolist() == [0x5678, 0xFFFF]
