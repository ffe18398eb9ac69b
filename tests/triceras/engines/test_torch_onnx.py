import keras
import numpy as np
import pytest

from triceras.commands.exported_numbers import compare
from triceras.errors import UserError

pytestmark = pytest.mark.in_turn("torch")


@pytest.fixture(autouse=True)
def noise(backend):
    if backend != "torch":
        pytest.skip("of PyTorch alone")
    from triceras.engines.torch_onnx import exportable_noise

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


def test_layer_normalization_is_traced_with_numbers(tmp_path):
    pytest.importorskip("onnx")
    rows = keras.Input((4,))
    model = keras.Model(rows, keras.layers.LayerNormalization()(rows))
    from triceras.engines.torch_onnx import exportable_shapes, telling_constants

    model(np.zeros((1, 4), "float32"))
    with exportable_shapes(), telling_constants():
        model.export(tmp_path / "m.onnx", format="onnx", verbose=False)
    given = [np.random.default_rng(0).normal(size=(n, 4)).astype("float32") for n in (1, 5)]
    assert "for 5 rows" in compare(model, tmp_path / "m.onnx", "onnx", given)


class Halving(keras.Model):
    """What PyTorch traces for one number alone."""

    def build(self, shape):
        pass

    def call(self, inputs):
        if keras.ops.max(inputs) > 1:
            inputs = inputs / 2.0
        return inputs * 3.0


def test_where_own_code_looks_at_numbers_is_told(tmp_path, caplog, recwarn):
    pytest.importorskip("onnx")
    from triceras.engines.torch_onnx import telling_constants

    model = Halving()
    given = [np.zeros((1, 4), "float32"), np.full((5, 4), 2, "float32")]
    model(given[0])
    with caplog.at_level("WARNING"), telling_constants():
        model.export(tmp_path / "m.onnx", format="onnx", verbose=False)
    (said,) = caplog.messages
    assert said.startswith("test_torch_onnx.py:")
    assert "looks at numbers (if keras.ops.max(inputs) > 1:)" in said
    assert not [warning for warning in recwarn if "TracerWarning" in warning.category.__name__]
    with pytest.raises(UserError, match="'output' of 5 rows of the test data is up to 1 of"):
        compare(model, tmp_path / "m.onnx", "onnx", given)
