"""Puts the portable distributions behind Keras's own API.

Initializers, `Dropout`, noise and augmentation layers, attention, `keras.random` and any
third-party layer all draw through the functions of one module of Keras, `keras.src.backend.random`.
It is private to Keras, so this file checks that it is what it was before it changes anything.
"""

import functools
import inspect
import logging
from types import ModuleType
from typing import Any

import keras
from keras.src import backend

from triceras.errors import UserError
from triceras.random.bits import uniform_from_key
from triceras.random.distributions import NATIVE, PORTABLE
from triceras.random.keys import key_of

log = logging.getLogger(__name__)
originals: dict[str, Any] = {}


def install() -> None:
    """Makes all random numbers of Keras portable. Call it before a model is built.

    The numbers follow from the seeds alone: `keras.utils.set_random_seed` then gives the same
    weights and the same noise on TensorFlow, JAX and PyTorch. Calling it again changes nothing.

    Raises:
        UserError: Keras no longer draws through the functions that this replaces.
    """
    if is_installed():
        return
    module = seam()
    originals.update({name: getattr(module, name) for name in PORTABLE})
    for name, function in PORTABLE.items():
        setattr(module, name, function)
    for name in NATIVE:
        originals[name] = getattr(module, name)
        setattr(module, name, told(originals[name]))
    drawn = keras.ops.convert_to_numpy(keras.random.uniform((), seed=0))
    if drawn != uniform_from_key(key_of(0), ()):
        uninstall()
        raise moved("keras.random.uniform does not call keras.src.backend.random.uniform")


def told(function: Any) -> Any:
    """A function that draws by the framework's own generator, and says so once."""
    warned: list[str] = []

    @functools.wraps(function)
    def draw(*arguments: Any, **options: Any) -> Any:
        if not warned:
            warned.append(function.__name__)
            log.warning(
                f"keras.random.{function.__name__} draws by the framework's own generator: its "
                "numbers, and the curve, are others on each backend"
            )
        return function(*arguments, **options)

    return draw


def uninstall() -> None:
    """Gives Keras its own random numbers back."""
    while originals:
        name, function = originals.popitem()
        setattr(backend.random, name, function)


def is_installed() -> bool:
    """Whether Keras draws portable random numbers."""
    return bool(originals)


def seam() -> ModuleType:
    """The module of Keras whose functions draw all random numbers.

    Raises:
        UserError: it is not where it was, or its functions are not what they were.
    """
    module = getattr(backend, "random", None)
    if module is None:
        raise moved("keras.src.backend.random is gone")
    for name, function in PORTABLE.items():
        original = getattr(module, name, None)
        if original is None:
            raise moved(f"keras.src.backend.random.{name} is gone")
        theirs, ours = (list(inspect.signature(f).parameters) for f in (original, function))
        if theirs != ours:
            raise moved(f"keras.src.backend.random.{name} now takes {', '.join(theirs)}")
    return module


def moved(what: str) -> UserError:
    """The error to raise where the seam is not what it was."""
    return UserError(
        f"Keras {keras.__version__} draws its random numbers in another way ({what}): set "
        "random=native, or install the Keras version of requirements.lock"
    )
