"""Which input and which output of an ONNX file is which."""

import keras
import numpy as np
import pytest

from triceras.commands.export_ways import names_of
from triceras.commands.onnx_names import name_ends


class Swapping(keras.Model):
    """Two inputs and two outputs of one shape each, in another order than that of the alphabet."""

    def build(self, shape):
        pass

    def call(self, inputs):
        return {"twice": inputs["second"] * 2.0, "less": inputs["first"] - 1.0}


@pytest.mark.in_turn("torch")
def test_inputs_and_outputs_have_the_names_that_the_model_has_for_them(backend, tmp_path):
    if backend != "torch":
        pytest.skip("the other backends need packages of their own")
    onnxruntime = pytest.importorskip("onnxruntime")
    pytest.importorskip("onnx")
    inputs = {name: np.full((1, 2), i, "float32") for i, name in enumerate(["second", "first"])}
    model = Swapping()
    outputs = model(inputs)
    path = tmp_path / "m.onnx"
    model.export(str(path), format="onnx", verbose=False)
    name_ends(path, names_of(inputs), list(outputs))
    session = onnxruntime.InferenceSession(str(path))
    wanted = {"second": np.ones((3, 2), "float32"), "first": np.full((3, 2), 5, "float32")}
    found = dict(
        zip([end.name for end in session.get_outputs()], session.run(None, wanted), strict=True)
    )
    np.testing.assert_allclose(found["twice"], 2.0)
    np.testing.assert_allclose(found["less"], 4.0)


def test_names_that_are_there_stay_whatever_their_order(tmp_path):
    onnx = pytest.importorskip("onnx")
    ends = [
        onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [1])
        for name in ("right", "left", "difference")
    ]
    node = onnx.helper.make_node("Sub", ["left", "right"], ["difference"])
    graph = onnx.helper.make_graph([node], "minus", ends[:2], ends[2:])
    onnx.save(onnx.helper.make_model(graph), tmp_path / "m.onnx")
    name_ends(tmp_path / "m.onnx", ["left", "right"], ["output"])
    found = onnx.load(tmp_path / "m.onnx").graph
    assert [end.name for end in found.input] == ["right", "left"]
    assert list(found.node[0].input) == ["left", "right"]
    assert [end.name for end in found.output] == ["output"]
