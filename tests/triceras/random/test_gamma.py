import keras
import numpy as np
import pytest
from keras import ops
from scipy import stats

from triceras.random.gamma import beta, gamma

GOLDEN_GAMMA = [0.00835588, 0.12583754, 0.14387228]
GOLDEN_BETA = [0.15106301, 0.6040886, 0.00902245]


def host(x):
    return ops.convert_to_numpy(x)


@pytest.mark.in_turn
@pytest.mark.parametrize("alpha", [0.1, 0.5, 1.0, 3.0, 100.0])
@pytest.mark.slow_on("jax")
def test_gamma_follows_its_distribution(alpha):
    x = host(gamma((50_000,), alpha, seed=1)).astype("float64")
    assert x.min() >= 0
    assert stats.kstest(x, stats.gamma(alpha).cdf).pvalue > 0.01
    assert abs(x.mean() - alpha) < 4 * np.sqrt(alpha / 50_000)


@pytest.mark.in_turn
@pytest.mark.parametrize(("alpha", "beta_"), [(0.5, 0.5), (1.0, 1.0), (2.0, 5.0), (0.3, 30.0)])
@pytest.mark.slow_on("jax", "tensorflow")
def test_beta_follows_its_distribution(alpha, beta_):
    x = host(beta((50_000,), alpha, beta_, seed=1)).astype("float64")
    assert x.min() >= 0
    assert x.max() <= 1
    assert stats.kstest(x, stats.beta(alpha, beta_).cdf).pvalue > 0.01


@pytest.mark.slow_on("jax", "tensorflow")
def test_golden_numbers(compiled):
    for seed in (1, keras.random.SeedGenerator(1)):
        np.testing.assert_allclose(host(gamma((3,), 0.5, seed=seed)), GOLDEN_GAMMA, rtol=1e-5)
    for seed in (1, keras.random.SeedGenerator(1)):
        np.testing.assert_allclose(host(beta((3,), 0.5, 0.5, seed=seed)), GOLDEN_BETA, rtol=1e-5)
    key = np.array([1, 0], "int32")
    numbers = compiled(lambda key: gamma((3,), 0.5, seed=key), key)
    np.testing.assert_allclose(numbers, GOLDEN_GAMMA, rtol=1e-5)


@pytest.mark.slow_on("jax")
def test_parameters_broadcast():
    alpha = np.array([[0.5], [500.0]])
    x = host(gamma((2, 1000), alpha, seed=1))
    np.testing.assert_allclose(x.mean(axis=1), alpha[:, 0], rtol=0.15)
    x = host(beta((2, 1000), alpha, ops.ones((1000,)), seed=1))
    np.testing.assert_allclose(x.mean(axis=1), alpha[:, 0] / (alpha[:, 0] + 1), atol=0.04)


@pytest.mark.slow_on("jax", "tensorflow")
def test_a_tiny_beta_parameter_gives_0_or_1_and_nothing_undefined():
    """Both gamma numbers underflow, and their ratio must not."""
    x = host(beta((50_000,), 0.001, 0.001, seed=1))
    assert np.isfinite(x).all()
    assert np.mean((x < 1e-6) | (x > 1 - 1e-6)) > 0.95
    assert abs(x.mean() - 0.5) < 4 * 0.5 / np.sqrt(50_000)


@pytest.mark.slow_on("jax")
@pytest.mark.parametrize("alpha", [1e-5, 1e6])
def test_extreme_gamma_parameters(alpha):
    x = host(gamma((50_000,), alpha, seed=1)).astype("float64")
    assert np.isfinite(x).all()
    if alpha > 1:
        assert stats.kstest(x, stats.gamma(alpha).cdf).pvalue > 0.01
    else:
        assert (x < 1e-30).mean() > 0.99


@pytest.mark.slow_on("jax", "tensorflow")
def test_the_two_gamma_numbers_of_a_beta_are_independent():
    """Of Gamma(a) and Gamma(b), X / (X + Y) has the variance of Beta(a, b) only then."""
    x = host(beta((50_000,), 3.0, 3.0, seed=1))
    assert abs(x.var() - 1 / 28) < 4 * (1 / 28) / np.sqrt(50_000)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", None])
@pytest.mark.slow_on("jax")
def test_types(dtype):
    for x in (gamma((3,), 2.0, dtype=dtype, seed=1), beta((3,), 2.0, 2.0, dtype=dtype, seed=1)):
        assert keras.backend.standardize_dtype(x.dtype) == (dtype or "float32")


@pytest.mark.parametrize("shape", [(), (0, 3), [2, 3]])
@pytest.mark.slow_on("jax")
def test_shapes(shape):
    assert tuple(gamma(shape, 1.0, seed=0).shape) == tuple(shape)
    assert tuple(beta(shape, 1.0, 1.0, seed=0).shape) == tuple(shape)
