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


def given_types(model: Any, program: Program) -> Program:
    """A program that is given its inputs in the types with which Keras exported the model."""
    import keras

    types = types_of(model)

    def call(inputs: Any) -> Any:
        pairs = zip(keras.tree.flatten(inputs), types, strict=True)
        arrays = [np.asarray(array, type) for array, type in pairs]
        return program(keras.tree.pack_sequence_as(inputs, arrays))

    return call


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

    return given_types(model, read_saved_model(path))


def program_of_torch(path: Path, model: Any) -> Program:
    """A `.pt2` file."""
    from triceras.engines.torch_export import read_program

    return given_types(model, read_program(path))


def onnx_file(path: Path, model: Any) -> Program:
    """An ONNX file, whose inputs and outputs are a model's by name, or else in order."""
    import keras
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # What it cannot do is raised as well.
    options.log_severity_level = FATAL
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    def call(inputs: Any) -> Any:
        ends = [one.name for one in session.get_inputs()]
        named = dict(named_leaves("", inputs))
        if set(named) != set(ends):
            named = dict(zip(ends, keras.tree.flatten(inputs), strict=True))
        outputs = session.run(None, named)
        return dict(zip([one.name for one in session.get_outputs()], outputs, strict=True))

    return given_types(model, call)


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
