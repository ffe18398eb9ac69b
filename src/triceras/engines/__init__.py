"""The only package whose files import a framework: one engine for each backend."""

import importlib
from types import ModuleType

import keras

from triceras.engines.base import Engine

ENGINES = {"jax": "JaxEngine", "tensorflow": "TensorFlowEngine", "torch": "TorchEngine"}


def module() -> ModuleType:
    """The engine file of the backend that Keras runs on."""
    return importlib.import_module(f"triceras.engines.{keras.backend.backend()}")


def engine_class() -> type[Engine]:
    """The engine of the backend that Keras runs on."""
    return getattr(module(), ENGINES[keras.backend.backend()])
