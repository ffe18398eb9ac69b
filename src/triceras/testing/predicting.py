"""Models whose predictions Keras computes otherwise than a step does, and Keras as it comes."""

import importlib
from typing import Any

import keras

TRAINERS = {"jax": "JAXTrainer", "tensorflow": "TensorFlowTrainer", "torch": "TorchTrainer"}


def take_back_mended_steps(backend: str, monkeypatch: Any) -> None:
    """Takes back, for a test, what this process has mended of Keras's steps."""
    trainer = importlib.import_module(f"keras.src.backend.{backend}.trainer")
    kind = getattr(trainer, TRAINERS[backend])
    for name in ("train_step", "test_step", "predict_step", "compute_loss_and_updates"):
        if hasattr(vars(kind).get(name), "__wrapped__"):
            monkeypatch.setattr(kind, name, vars(kind)[name].__wrapped__)
    if backend == "torch":
        monkeypatch.setattr(kind, "train_step", lambda *arguments: None)


class Half(keras.Model):
    """Multiplies by a weight of its own, in the type that it computes with."""

    def __init__(self):
        super().__init__(dtype="mixed_bfloat16")
        self.scale = self.add_weight(shape=(), initializer=lambda *_, **__: 1.00390625)

    def build(self, input_shape: Any) -> None:
        pass

    def call(self, inputs: Any) -> Any:
        return inputs * self.scale


class Remembering(keras.Model):
    """Gives what it was given before, eight rows of three columns.

    Args:
        read: takes the value of a variable.
    """

    def __init__(self, read: Any):
        super().__init__()
        self.read = read
        self.last = self.add_weight(shape=(8, 3), initializer="zeros", trainable=False)

    def build(self, input_shape: Any) -> None:
        pass

    def call(self, inputs: Any) -> Any:
        before = self.read(self.last)
        self.last.assign(inputs)
        return before
