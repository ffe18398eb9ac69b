"""The only package whose files import a framework: one engine for each backend."""

import contextlib
import importlib
from collections.abc import Callable
from types import ModuleType
from typing import Any

import keras

from triceras.engines.engine import Engine
from triceras.engines.metrics_in_call import compute_loss_and_updates
from triceras.engines.objective import Objective, objectives_of
from triceras.engines.optimizer_variables import build_optimizers, watch
from triceras.together.turns import turn

__all__ = [
    "Engine",
    "Objective",
    "answer_together",
    "compiled",
    "compute_loss_and_updates",
    "engine_class",
    "fit_is_traced",
    "fit_step",
    "input_gradients",
    "mend_fit",
    "mend_optimizers",
    "module",
    "objectives_of",
    "profiler",
    "ways",
    "whole_rows",
]

# What the names of its classes begin with.
NAMES = {"jax": "Jax", "tensorflow": "TensorFlow", "torch": "Torch"}


def module() -> ModuleType:
    """The engine file of the backend that Keras runs on."""
    return importlib.import_module(f"triceras.engines.{keras.backend.backend()}")


def profiler() -> ModuleType:
    """What traces the backend that Keras runs on: `start(folder)`, then `stop(folder, trace)`."""
    return importlib.import_module(f"triceras.engines.{keras.backend.backend()}_profile")


def ways() -> dict[str, Callable[..., Any]]:
    """The ways in which the backend that Keras runs on computes a function of tensors.

    Each takes such a function, which returns a number and a list of results, the places of the
    inputs by which the number is differentiated, and the inputs. It returns two lists: the results,
    and the gradients. `eager` computes operation by operation, `each` compiles these one by one,
    and the others are those of a step.
    """
    return importlib.import_module(f"triceras.engines.{keras.backend.backend()}_ways").ways()


def engine_class() -> type[Engine]:
    """The engine of the backend that Keras runs on; of a run that takes turns, with others."""
    if turn() is not None:
        return together_class()
    return getattr(module(), f"{NAMES[keras.backend.backend()]}Engine")


def answer_together() -> Callable[..., Any]:
    """What answers the engines of several runs on the backend that Keras runs on."""
    return together_class().together


def together_class() -> Any:
    """The engine of runs that are computed by one program on the backend that Keras runs on."""
    name = keras.backend.backend()
    file = importlib.import_module(f"triceras.engines.{name}_together")
    return getattr(file, f"{NAMES[name]}TogetherEngine")


def fit_step() -> Callable[..., Any]:
    """What takes the place of `Model.train_step` for `fit` on the backend that Keras runs on."""
    return importlib.import_module(f"triceras.engines.{keras.backend.backend()}_fit").train_step


def mend_fit() -> None:
    """Keeps `fit` and `predict` of Keras from what they do on one backend alone."""
    if keras.backend.backend() == "jax":
        importlib.import_module("triceras.engines.jax_masks").keep_masks()
        importlib.import_module("triceras.engines.jax_buffers").keep_apart()
    if keras.backend.backend() == "tensorflow":
        importlib.import_module("triceras.engines.tensorflow_reading").read_without_tuning()
        importlib.import_module("triceras.engines.tensorflow_values").read_at_once_in_steps()
    if keras.backend.backend() == "torch":
        importlib.import_module("triceras.engines.torch_assignments").postpone_assignments()


def fit_is_traced(model: keras.Model) -> bool:
    """Whether Keras's `fit` compiles the step of a model, as it does not on PyTorch."""
    return not model.run_eagerly and keras.backend.backend() != "torch"


def mend_optimizers(model: keras.Model) -> None:
    """Makes a model's optimizers compute in `fit` what they compute on other backends.

    They are built here, as TensorFlow loses what they give their variables while `fit` traces.
    """
    build_optimizers(model)
    for objective in objectives_of(model):
        if keras.backend.backend() == "tensorflow":
            optimizers = importlib.import_module("triceras.engines.tensorflow_optimizers")
            optimizers.mend(objective.optimizer)
        watch(objective.optimizer, fit_is_traced(model))


def whole_rows() -> contextlib.AbstractContextManager[None]:
    """Where several devices share the rows of a batch of `fit`, evaluates all rows on each."""
    if keras.backend.backend() != "jax":
        return contextlib.nullcontext()
    return importlib.import_module("triceras.engines.jax_devices").whole_rows()


def compiled(function: Callable[..., Any], model: Any) -> Callable[..., Any]:
    """A function to be called with several batches after training, fast from the first one on.

    On JAX it is compiled, as each of its operations would be by itself where it is called eagerly.

    Args:
        function: of arrays or tensors, to tensors, which calls the model and changes nothing.
        model: whose variables it uses.

    Returns:
        A function of the same arguments.
    """
    if keras.backend.backend() != "jax":
        return function
    return importlib.import_module("triceras.engines.jax_compiled").compiled(function, model)


def input_gradients(function: Callable[[Any], Any], inputs: Any) -> Any:
    """The gradient of each output by its own input, to be a part of a loss.

    The loss may be differentiated again, by weights that `function` uses, in every loop.

    Args:
        function: of inputs, to outputs whose rows belong to the rows of the inputs; without batch
            normalisation, where one output depends on all inputs.
        inputs: a tensor.

    Returns:
        A tensor of the shape of `inputs`.

    Reference:
        Gulrajani et al. 2017, [Improved Training of Wasserstein GANs](
        https://arxiv.org/abs/1704.00028), for what it is needed in the main
    """
    return module().input_gradients(function, keras.ops.convert_to_tensor(inputs))
