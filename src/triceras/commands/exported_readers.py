"""Reads exported files back, each by what would serve it.

Each is given a path and the model that was exported.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from triceras.data.tree import named_leaves

# From a tree of inputs to a tree of outputs, all of arrays.
Program = Callable[[Any], Any]


def types_of(model: Any) -> list[str]:
    """The types of a model's inputs with which Keras exports it, in the order of its tree."""
    import keras
    from keras.src.export.export_utils import get_input_signature

    return [spec.dtype for spec in keras.tree.flatten(get_input_signature(model))]


def keras_file(path: Path, model: Any) -> Program:
    """A `.keras` file, which does not keep where random numbers have got to."""
    import keras

    from triceras.checkpoints.keras_files import load
    from triceras.engines.state import state_variables

    read = load(path)
    weights = {id(variable) for variable in read.weights}
    for variable, given in zip(state_variables(read), state_variables(model), strict=False):
        if id(variable) not in weights and variable.shape == given.shape:
            variable.assign(given)
    return lambda inputs: keras.tree.map_structure(
        keras.ops.convert_to_numpy, read(inputs, training=False)
    )


def saved_model(path: Path, model: Any) -> Program:
    """A folder of TensorFlow."""
    from triceras.engines.tensorflow_export import read_saved_model

    return read_saved_model(path, types_of(model))


def program_of_torch(path: Path, model: Any) -> Program:
    """A `.pt2` file."""
    from triceras.engines.torch_export import read_program

    return read_program(path, types_of(model))


def onnx_file(path: Path, model: Any) -> Program:
    """An ONNX file, whose inputs and outputs are a model's by name, or else in order."""
    import keras
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # What it cannot do is raised as well.
    options.log_severity_level = FATAL
    types = types_of(model)
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    def call(inputs: Any) -> Any:
        ends = [one.name for one in session.get_inputs()]
        arrays = [
            np.asarray(x, type) for x, type in zip(keras.tree.flatten(inputs), types, strict=True)
        ]
        named = dict(named_leaves("", keras.tree.pack_sequence_as(inputs, arrays)))
        if set(named) != set(ends):
            named = dict(zip(ends, arrays, strict=True))
        outputs = session.run(None, named)
        return dict(zip([one.name for one in session.get_outputs()], outputs, strict=True))

    return call


READERS: dict[str, Callable[[Path, Any], Program]] = {
    "keras": keras_file,
    "tf_saved_model": saved_model,
    "torch": program_of_torch,
    "onnx": onnx_file,
}
# The most severe of what ONNX Runtime writes to the terminal.
FATAL = 4
# What has to be installed for it beside what wrote the file.
PACKAGES = {"onnx": "onnxruntime"}
