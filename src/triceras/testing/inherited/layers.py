"""What a layer is tested for."""

import inspect
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops

from triceras.testing.inherited.differences import differing, host, plain
from triceras.testing.inherited.examples import Example
from triceras.testing.inherited.harness import Harness
from triceras.testing.inherited.serialization import check_config

STEPS = 20


class LayerTests:
    """The tests of an example of a layer.

    Args:
        example: the layer and its inputs.
    """

    def __init__(self, example: Example):
        self.example = example
        self.trains = "training" in inspect.signature(example.make().call).parameters

    def call(self, layer: Any, values: list[Any], training: bool = False) -> Any:
        """Calls a layer, on one tensor or on a list of several."""
        options = {"training": training} if self.trains else {}
        options |= self.example.call
        return layer(values if len(values) > 1 else values[0], **options)

    def outputs(self, layer: Any) -> list[np.ndarray]:
        """What a layer makes of its inputs, in inference and then in training."""
        values = [ops.convert_to_tensor(value) for value in self.example.values()]
        modes = (False, True) if self.trains else (False,)
        return [a for training in modes for a in host(self.call(layer, values, training))]

    def check_build(self) -> None:
        """Checks that shapes are known before there are numbers, and all variables once built."""
        layer, values = self.example.make(), self.example.values()
        symbols = [
            keras.KerasTensor((None, *value.shape[1:]), value.dtype.name, name=f"input_{i}")
            for i, value in enumerate(values)
        ]
        wanted = keras.tree.flatten(self.call(layer, symbols))
        count = len(layer.variables)
        found = keras.tree.flatten(self.call(layer, list(map(ops.convert_to_tensor, values))))
        for symbol, tensor in zip(wanted, found, strict=True):
            shape = tuple(tensor.shape)
            fits = len(symbol.shape) == len(shape) and all(
                a in (None, b) for a, b in zip(symbol.shape, shape, strict=True)
            )
            assert fits, f"outputs are {symbol.shape} of symbols, and {shape} of numbers"
            kind = keras.backend.standardize_dtype(tensor.dtype)
            assert symbol.dtype == kind, f"outputs are {symbol.dtype} of symbols, and {kind}"
            assert np.all(np.isfinite(host(tensor)[0])), "outputs are not finite"
        assert len(layer.variables) == count, "call adds variables: make them in build"

    def check_serialization(self, folder: Path) -> None:
        """Checks that a configuration makes the layer anew, and so does a `.keras` file."""
        layer = self.example.make()
        check_config(layer)
        config = layer.get_config()
        revived = type(layer).from_config(config)
        assert plain(revived.get_config()) == plain(config), (
            f"get_config() is {revived.get_config()} of what was made of {config}"
        )
        values = self.example.values()
        inputs = [keras.Input(value.shape[1:], dtype=value.dtype.name) for value in values]
        outputs = self.call(layer, list(inputs))
        model = keras.Model(inputs if len(inputs) > 1 else inputs[0], outputs)
        model.save(folder / "layer.keras")
        loaded: Any = keras.saving.load_model(folder / "layer.keras")
        again = next(each for each in loaded.layers if type(each) is type(layer))
        lost = differing(*([(v.path, host(v)[0]) for v in m.weights] for m in (layer, again)))
        assert not lost, f"weights are others after loading: {', '.join(lost)}"
        for variable, other in zip(again.variables, layer.variables, strict=True):
            variable.assign(other)
        before, after = (
            [(f"output {i}", output) for i, output in enumerate(self.outputs(each))]
            for each in (layer, again)
        )
        assert not differing(before, after), "the layer that was loaded computes something else"

    def harness(self) -> Harness:
        layer = self.example.make()
        return Harness(
            lambda values, training: self.call(layer, values, training),
            self.example.values(),
            layer,
        )

    def check_gradients(self) -> None:
        """Checks that a gradient reaches each weight and each input of real numbers."""
        for path, gradient in self.harness().gradients().items():
            assert np.all(np.isfinite(gradient)), f"{path}: the gradient is not finite"
            assert np.any(gradient), f"no gradient reaches {path}"

    def check_mixed_precision(self) -> None:
        """Checks that outputs are finite in half precision, and weights in float32."""
        keras.config.set_dtype_policy("mixed_bfloat16")
        try:
            layer = self.example.make()
            outputs = self.outputs(layer)
            others = [v.path for v in layer.weights if v.dtype == "bfloat16"]
        finally:
            keras.config.set_dtype_policy("float32")
        assert not others, f"weights are bfloat16: {', '.join(others)}"
        for output in outputs:
            assert np.all(np.isfinite(output.astype("float32"))), "outputs are not finite"

    def check_learning(self) -> None:
        """Checks that a compiled program trains the layer, and begins where it does eagerly."""
        losses = self.harness().train(STEPS, 1e-3)
        assert np.all(np.isfinite(losses)), f"losses are {losses}"
        assert losses[-5:].mean() < losses[:5].mean(), f"no step lowers the loss: {losses}"

    def evidence(self) -> dict[str, np.ndarray]:
        """What is compared between backends."""
        return {f"output {i}": a for i, a in enumerate(self.outputs(self.example.make()))}
