"""Keeps out of Keras's import what hardly a run uses: a third to a half of the time that it takes.

Keras imports pandas to recognise a table, scikit-learn and matplotlib for modules of which a run
uses none, Pillow for reading images, requests for a callback that writes to a server, JAX on other
backends, as TensorFlow does too, on JAX what attention is computed with on TPUs, and on PyTorch its
compiler. JAX imports what locks a cache of a limited size, and what tests its paths.
"""

import importlib
import sys
from collections.abc import Callable
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import find_spec
from types import ModuleType, SimpleNamespace
from typing import Any

from triceras.later import Before, Later, LaterLoader, found_in
from triceras.lean_torch import COMPILER, COMPILER_BEFORE, INDUCTOR, INDUCTOR_BEFORE

# What attention is computed with on TPUs.
SPLASH_ATTENTION = "jax.experimental.pallas.ops.tpu.splash_attention"
SPLASH_ATTENTION_PARTS = frozenset({"splash_attention_kernel", "splash_attention_mask"})
# Loaded once somebody asks them for more than they have before: scikit-learn, matplotlib and SciPy
# come with them.
LATER: dict[str, Before] = {
    "keras.src.visualization": Before(),
    "keras.visualization": Before(),
    "keras.wrappers": Before(),
    "jax.experimental.sparse.linalg": Before(),
    "jax.experimental.pallas": Before(parts=frozenset({"ops"})),
    SPLASH_ATTENTION: Before(parts=SPLASH_ATTENTION_PARTS),
    **{f"{SPLASH_ATTENTION}.{part}": Before() for part in SPLASH_ATTENTION_PARTS},
    COMPILER: COMPILER_BEFORE,
    INDUCTOR: INDUCTOR_BEFORE,
}


class OnceImported(type):
    """The type of a class that stands for one of pandas: nothing is one before pandas is there."""

    def __instancecheck__(cls, instance: Any) -> bool:
        pandas = sys.modules.get("pandas")
        return pandas is not None and isinstance(instance, getattr(pandas, cls.__name__))


class StandIn(ModuleType):
    """A module that is imported where it is asked for more than it has itself."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(importlib.import_module(self.__name__), name)


class Image(StandIn):
    """Pillow's module, of which Keras asks for the numbers of its ways to resize."""

    Resampling = SimpleNamespace(NEAREST=0, LANCZOS=1, BILINEAR=2, BICUBIC=3, BOX=4, HAMMING=5)


def jit(*arguments: Any, **options: Any) -> Any:
    """`jax.jit`."""
    return importlib.import_module("jax").jit(*arguments, **options)


# What is imported while a module is loaded, and what of it the module asks for then.
STAND_INS: dict[str, tuple[str, dict[str, Any]]] = {
    "keras.src.trainers.data_adapters.array_slicing": (
        "pandas",
        {name: OnceImported(name, (), {}) for name in ("Series", "DataFrame")},
    ),
    "keras.src.callbacks.orbax_checkpoint": (
        "jax",
        {"monitoring": SimpleNamespace(record_scalar=None)},
    ),
    "keras.src.callbacks.remote_monitor": ("requests", {}),
    "keras.src.saving.saving_lib": ("psutil", {}),
    **{
        f"keras.src.utils.{name}": ("PIL", {"Image": Image("PIL.Image")})
        for name in ("image_utils", "image_dataset_utils")
    },
    "jax._src.lru_cache": ("filelock", {}),
    "etils.epath.testing": ("unittest.mock", {}),
    "tensorflow.lite.python.util": ("jax", {"jit": jit}),
}


class LeanFinder:
    """Finds the modules that are loaded later, and those that are loaded with a stand-in."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """The place of such a module, and nothing for others."""
        package = sys.modules.get(name.rpartition(".")[0])
        if type(package) is Later and (spec := found_in(package, name)):
            return spec
        if name not in LATER and name not in STAND_INS:
            return None
        spec: Any = PathFinder.find_spec(name, path)
        if spec is None or spec.loader is None:
            return None
        if name in LATER:
            spec.loader = LaterLoader(spec.loader, LATER[name])
        else:
            spec.loader.exec_module = loading_with(*STAND_INS[name], spec.loader.exec_module)
        return spec


def loading_with(
    name: str, attributes: dict[str, Any], load: Callable[[ModuleType], None]
) -> Callable[[ModuleType], None]:
    """Loads a module while another one, unless it is there already or missing, has a stand-in."""

    def load_with_stand_in(module: ModuleType) -> None:
        if name in sys.modules or find_spec(name) is None:
            load(module)
            return
        stand_in = sys.modules[name] = StandIn(name)
        vars(stand_in).update(attributes)
        try:
            load(module)
        finally:
            if sys.modules.get(name) is stand_in:
                del sys.modules[name]

    return load_with_stand_in


def keep_lean() -> None:
    """Has Keras imported so from now on."""
    if not any(isinstance(finder, LeanFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, LeanFinder())
