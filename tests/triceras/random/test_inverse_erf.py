import numpy as np
import pytest
from keras import ops
from scipy.special import erfinv

from triceras.random.inverse_erf import inverse_erf, polynomial

# All that `normal_from_key` can ask for is an odd multiple of 2^-24: both ends, both sides of the
# seam between the two polynomials, and a sample of the rest.
SEAM = np.sqrt(1 - np.exp(-5)) * 2**24
MULTIPLES = np.concatenate(
    [
        np.arange(1, 2001, 2),
        2**24 - np.arange(1, 2001, 2),
        int(SEAM) // 2 * 2 + np.arange(-1001, 1001, 2),
        np.random.default_rng(0).integers(0, 2**23, 100_000) * 2 + 1,
    ]
)
X = (MULTIPLES * 2.0**-24).astype("float32")
EXACT = erfinv(X.astype("float64"))


def test_the_host_is_within_four_units_of_the_last_place(ulps):
    assert ulps(inverse_erf(X, np), EXACT) < 4


def test_tensors_are_within_four_units_of_the_last_place(ulps):
    y = ops.convert_to_numpy(inverse_erf(ops.convert_to_tensor(X), ops))
    assert ulps(y, EXACT) < 4
    assert ulps(y, inverse_erf(X, np)) <= 2


def test_compiled_code_is_within_four_units_of_the_last_place(compiled, ulps):
    y = compiled(lambda x: inverse_erf(x, ops), X)
    assert ulps(y, EXACT) < 4
    assert ulps(y, inverse_erf(X, np)) <= 2


def test_it_is_odd():
    np.testing.assert_array_equal(inverse_erf(-X, np), -inverse_erf(X, np))


def test_zero():
    assert inverse_erf(np.zeros(1, "float32"), np) == 0


@pytest.mark.once
def test_polynomial():
    assert polynomial((1.0, 2.0, 3.0), np.array(2.0)) == 1 * 4 + 2 * 2 + 3
