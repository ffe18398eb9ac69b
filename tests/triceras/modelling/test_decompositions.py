import numpy as np
import pytest
from keras import ops

from triceras.engines import input_gradients
from triceras.modelling import decompositions

pytestmark = pytest.mark.keras_internals  # it replaces private parts of Keras

MATRIX = np.array([[2, 0.5, 0.1], [0.5, 3, 0.3], [0.1, 0.3, 5]], "float32")


@pytest.fixture(autouse=True)
def mended():
    decompositions.install()
    decompositions.install()


def test_eigenvalues_have_a_symmetric_gradient():
    values, vectors = map(ops.convert_to_numpy, ops.eigh(MATRIX))
    np.testing.assert_allclose(values, np.linalg.eigvalsh(MATRIX), rtol=1e-5)
    np.testing.assert_allclose(vectors @ np.diag(values) @ vectors.T, MATRIX, atol=1e-5)
    found = ops.convert_to_numpy(input_gradients(lambda x: ops.eigh(x)[0][-1:], MATRIX))
    np.testing.assert_allclose(found, np.outer(vectors[:, -1], vectors[:, -1]), atol=1e-5)


@pytest.mark.in_turn("torch")
@pytest.mark.parametrize("upper", [False, True])
def test_one_triangle_has_the_gradient(upper):
    half = np.triu(MATRIX) if upper else np.tril(MATRIX)
    whole = half.T @ half if upper else half @ half.T
    found = ops.convert_to_numpy(ops.cholesky_inverse(MATRIX, upper))
    np.testing.assert_allclose(found, np.linalg.inv(whole), rtol=1e-4, atol=1e-6)
    by = input_gradients(lambda x: ops.cholesky_inverse(x, upper), MATRIX)
    other = np.tril(by, -1) if upper else np.triu(by, 1)
    np.testing.assert_array_equal(other, np.zeros((3, 3)))
    assert np.abs(ops.convert_to_numpy(by)).max() > 0.1
