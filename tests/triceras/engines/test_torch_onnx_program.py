import functools

import keras
import numpy as np
import pytest
from keras import layers, ops

from triceras.commands.exported_numbers import compare
from triceras.commands.predict import named_outputs
from triceras.data.tree import named_leaves

pytestmark = [pytest.mark.slow, pytest.mark.in_turn("torch")]


@pytest.fixture(autouse=True)
def torch(backend):
    if backend != "torch":
        pytest.skip("of PyTorch alone")
    pytest.importorskip("onnxscript")


def written(model, folder):
    from triceras.engines.torch_onnx_program import write_onnx

    write_onnx(
        model,
        folder / "m.onnx",
        lambda inputs: dict(named_leaves("", inputs)),
        functools.partial(named_outputs, model),
    )
    return folder / "m.onnx"


def rows(*shapes):
    return [np.random.default_rng(0).normal(size=shape).astype("float32") for shape in shapes]


class Generated(keras.Model):
    """Multiplies each example by a matrix that another example would not get."""

    def __init__(self):
        super().__init__()
        self.generator = layers.Dense(12)

    def call(self, inputs):
        kernels = ops.reshape(self.generator(inputs), (-1, 4, 3))
        return ops.vectorized_map(lambda each: ops.matmul(*each), (inputs[:, None], kernels))


def test_what_maps_over_examples_takes_any_number_of_them(tmp_path):
    model, given = Generated(), rows((1, 4), (5, 4))
    model(given[0])
    told = compare(model, written(model, tmp_path), "onnx", given)
    assert "compared with the model for 5 rows" in told
    assert "it takes no" not in told


def test_any_length_is_taken(tmp_path):
    inputs = keras.Input((None, 6))
    mixed = layers.MultiHeadAttention(2, 4)(inputs, inputs, use_causal_mask=True)
    mixed = layers.GlobalAveragePooling1D()(layers.LayerNormalization()(mixed + inputs))
    model, given = keras.Model(inputs, mixed), rows((1, 3, 6), (4, 3, 6), (5, 7, 6))
    told = compare(model, written(model, tmp_path), "onnx", given)
    assert "compared with the model for 5 rows" in told
    assert "it takes no" not in told


@pytest.mark.parametrize("output", ["a", "c"])
def test_inputs_and_outputs_have_their_names_and_types(tmp_path, output):
    from triceras.commands.exported_readers import onnx_file

    inputs = {"b": keras.Input((2,), dtype="int32", name="b"), "a": keras.Input((2,), name="a")}
    outputs = {"sum": inputs["a"] + ops.cast(inputs["b"], "float32"), output: inputs["a"] * 2.0}
    model = keras.Model(inputs, outputs)
    given = {"b": np.ones((3, 2), "int32"), "a": np.full((3, 2), 0.5, "float32")}
    model(given)
    path = written(model, tmp_path)
    assert "compared with the model for 3 rows" in compare(model, path, "onnx", [given])
    found = onnx_file(path, model)(given)
    # A file has one name for one thing.
    assert set(found).isdisjoint(outputs) == (output == "a")


class Halving(keras.Model):
    """Takes a branch that no number of rows tells."""

    def build(self, shape):
        pass

    def call(self, inputs):
        return inputs / 2.0 if ops.max(inputs) > 1 else inputs * 3.0


def test_what_cannot_be_traced_for_all_is_refused(tmp_path):
    model = Halving()
    model(np.ones((1, 3), "float32"))
    with pytest.raises(RuntimeError):
        written(model, tmp_path)
    assert not (tmp_path / "m.onnx").exists()
