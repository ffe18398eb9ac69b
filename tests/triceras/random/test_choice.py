import itertools

import keras
import numpy as np
import pytest
from keras import ops
from scipy import stats

from triceras.random import choice
from triceras.random.bits import uniform_from_key
from triceras.random.choice import categorical, dropout, kept, shuffle
from triceras.random.keys import key_of

MASK = [
    [0, 1, 1, 0, 0, 0, 1, 0, 1, 1, 0, 0],
    [1, 1, 0, 0, 1, 1, 1, 0, 0, 0, 0, 1],
]


def host(x):
    return ops.convert_to_numpy(x)


def test_golden_classes():
    golden = [[3, 3, 1, 3, 0, 3, 1, 2], [3, 0, 0, 3, 3, 1, 1, 3]]
    assert host(categorical(np.zeros((2, 4)), 8, seed=1)).tolist() == golden
    generator = keras.random.SeedGenerator(1)
    assert host(categorical(ops.zeros((2, 4)), 8, seed=generator)).tolist() == golden


def test_classes_follow_their_probabilities():
    p = np.array([[0.5, 0.3, 0.15, 0.05], [0.1, 0.1, 0.1, 0.7]])
    drawn = host(categorical(np.log(p) + 3.0, 20_000, seed=1))
    for row, probabilities in zip(drawn, p, strict=True):
        counts = np.bincount(row, minlength=4)
        assert stats.chisquare(counts, 20_000 * probabilities).pvalue > 0.01
    assert abs(np.corrcoef(drawn)[0, 1]) < 4 / np.sqrt(20_000)


def test_an_impossible_class_is_never_drawn():
    logits = np.array([[-np.inf, 0.0, -np.inf], [0.0, -np.inf, -50.0]], "float32")
    drawn = host(categorical(logits, 10_000, seed=1))
    assert (drawn[0] == 1).all()
    assert (drawn[1] == 0).all()


@pytest.mark.slow_on("jax")
def test_the_most_extreme_draws_are_finite(monkeypatch):
    draws = np.array([[[0.0, 1 - 2.0**-24]]], "float32")
    monkeypatch.setattr("triceras.random.choice.uniform_from_key", lambda *_: draws)
    assert host(categorical(np.zeros((1, 2)), 1, seed=1)).tolist() == [[1]]
    monkeypatch.setattr("triceras.random.choice.uniform_from_key", lambda *_: draws[..., :1] * 0)
    assert host(categorical(np.zeros((1, 1)), 1, seed=1)).tolist() == [[0]]


@pytest.mark.slow_on("jax")
@pytest.mark.filterwarnings("ignore:Explicitly requested dtype")
@pytest.mark.parametrize("dtype", ["int32", "int64", "uint8"])
def test_class_types(dtype):
    drawn = categorical(np.zeros((2, 3)), 4, dtype=dtype, seed=1)
    # JAX holds no int64.
    assert keras.backend.standardize_dtype(drawn.dtype) in (dtype, "int32")
    assert tuple(drawn.shape) == (2, 4)


def test_golden_mask(compiled):
    ones = np.ones((2, 12), "float32")
    generator = keras.random.SeedGenerator(3)
    for result in (
        host(dropout(ones, 0.5, seed=3)),
        host(dropout(ops.convert_to_tensor(ones), 0.5, seed=generator)),
        compiled(lambda x: dropout(x, 0.5, seed=3), ones),
    ):
        assert result.dtype == np.float32
        assert result.tolist() == (2.0 * np.array(MASK)).tolist()


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_dropout_drops_at_its_rate_and_keeps_the_mean(rate):
    result = host(dropout(ops.ones((100, 500)), rate, seed=1))
    deviation = np.sqrt(rate * (1 - rate) / 50_000)
    assert abs((result == 0).mean() - rate) < 4 * deviation
    np.testing.assert_allclose(result[result > 0], 1 / (1 - rate), rtol=1e-6)
    assert abs(result.mean() - 1) < 4 * deviation / (1 - rate)


# With what is on both sides of a multiple of 2^-24, and what float32 rounds to 0 or 1.
@pytest.mark.parametrize(
    "rate", [0.3, 0.5, 0.5 + 2e-8, 0.5 + 4e-8, 1e-9, 1e-50, 1 - 1e-9, 1 - 6e-8]
)
def test_what_is_kept_is_where_a_uniform_number_is_not_below_the_rate(rate):
    key = key_of(5)
    kept_there = np.asarray(uniform_from_key(key, (100, 101))) >= np.float32(rate)
    np.testing.assert_array_equal(host(kept(key, (100, 101), rate)), kept_there)


def test_words_at_a_rate_are_kept(monkeypatch):
    words = np.array([0, 2**31 - 256, 2**31 - 1, -(2**31), -1], "int32")
    monkeypatch.setattr(choice, "random_bits", lambda key, shape: words)
    assert host(kept(key_of(5), (5,), 0.5)).tolist() == [False, False, False, True, True]
    assert host(kept(key_of(5), (5,), 0.5 - 2**-24)).tolist() == [False, True, True, True, True]


def test_no_number_keeps_nothing():
    assert not host(kept(key_of(5), (9,), float("nan"))).any()


def test_dropout_at_the_ends():
    x = ops.convert_to_tensor(np.array([1.0, np.inf, np.nan], "float32"))
    np.testing.assert_array_equal(host(dropout(x, 0.0, seed=1)), host(x))
    np.testing.assert_array_equal(host(dropout(x, 1.0, seed=1)), np.zeros(3))


def test_dropped_elements_are_0_whatever_they_were():
    x = np.array([[np.inf] * 12, [np.nan] * 12], "float32")
    result = host(dropout(x, 0.5, seed=3))
    np.testing.assert_array_equal(result == 0, np.array(MASK) == 0)
    assert (result[0][result[0] != 0] == np.inf).all()


@pytest.mark.parametrize("noise_shape", [(None, 1, 4), (2, 1, None), (2, 1, 4)])
def test_noise_shape_is_shared_along_its_ones(noise_shape):
    result = host(dropout(ops.ones((2, 3, 4)), 0.5, noise_shape=noise_shape, seed=1))
    np.testing.assert_array_equal(result, result[:, :1].repeat(3, axis=1))
    expected = host(dropout(ops.ones((2, 1, 4)), 0.5, seed=1))
    np.testing.assert_array_equal(result[:, :1], expected)


def test_a_noise_shape_of_another_rank_is_refused():
    with pytest.raises(ValueError, match="zip"):
        dropout(ops.ones((2, 3, 4)), 0.5, noise_shape=(2, 3), seed=1)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_dropout_keeps_the_type(dtype):
    result = dropout(ops.ones((2, 12), dtype), 0.5, seed=3)
    assert keras.backend.standardize_dtype(result.dtype) == dtype
    assert host(ops.cast(result, "float32")).tolist() == (2.0 * np.array(MASK)).tolist()


def test_golden_order():
    golden = [6, 4, 0, 7, 3, 2, 1, 5]
    assert host(shuffle(np.arange(8), seed=1)).tolist() == golden
    generator = keras.random.SeedGenerator(1)
    assert host(shuffle(ops.arange(8), seed=generator)).tolist() == golden


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_shuffle_keeps_slices_whole(axis):
    x = np.arange(5 * 6 * 7, dtype="int32").reshape(5, 6, 7)
    result = host(shuffle(x, axis=axis, seed=1))
    assert (result != x).any()
    order = np.argsort(np.moveaxis(result, axis, 0)[:, 0, 0])
    np.testing.assert_array_equal(np.take(result, order, axis), x)


@pytest.mark.in_turn
@pytest.mark.slow
def test_every_order_is_as_likely():
    generator = keras.random.SeedGenerator(1)
    orders = list(itertools.permutations(range(3)))
    drawn = [orders.index(tuple(host(shuffle(ops.arange(3), seed=generator)))) for _ in range(300)]
    assert stats.chisquare(np.bincount(drawn, minlength=6)).pvalue > 0.01
