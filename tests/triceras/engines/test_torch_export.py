import keras
import numpy as np
import pytest

from triceras.errors import UserError


@pytest.fixture(autouse=True)
def noise(backend):
    if backend != "torch":
        pytest.skip("of PyTorch alone")
    from triceras.engines.torch_export import exportable_noise

    before = keras.random.uniform((3,), seed=1)
    with exportable_noise():
        yield
    np.testing.assert_array_equal(before, keras.random.uniform((3,), seed=1))


def test_the_distributions_are_what_they_are_called():
    normal = np.array(keras.random.normal((100, 100), mean=2.0, stddev=0.5))
    assert normal.mean() == pytest.approx(2.0, abs=0.03)
    assert normal.std() == pytest.approx(0.5, abs=0.03)
    uniform = np.array(keras.random.uniform((100, 100), -1.0, 3.0, dtype="float64"))
    assert uniform.dtype == "float64"
    assert -1 <= uniform.min() < -0.9
    assert 2.9 < uniform.max() <= 3
    whole = np.array(keras.random.randint((1000,), 2, 5))
    assert set(whole) == {2, 3, 4}


def test_what_would_change_its_meaning_is_refused():
    with pytest.raises(UserError, match=r"keras\.random\.gamma, which cannot be exported to ONNX"):
        keras.random.gamma((3,), 2.0)
    with pytest.raises(UserError, match=r"the same numbers in each call \(seed=3\)"):
        keras.random.normal((3,), seed=3)
