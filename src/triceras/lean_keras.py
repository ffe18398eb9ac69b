"""Keeps out of Keras's import what hardly a run uses: a third to a half of the time that it takes.

Keras imports pandas to recognise a table, scikit-learn and matplotlib for modules of which a run
uses none, JAX on other backends, as TensorFlow does too, and on PyTorch its compiler. W&B imports
what starts runs on other machines.
"""

import importlib
import sys
import threading
from collections.abc import Callable, Iterable
from importlib.abc import Loader
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType, SimpleNamespace
from typing import Any

from triceras.lean_torch import COMPILER, COMPILER_BEFORE, INDUCTOR, NOT_ASKED_FOR, PARTS

# Loaded once somebody asks them for more than what is given here: scikit-learn, matplotlib and
# SciPy come with them.
LATER: dict[str, dict[str, Any]] = {
    "keras.src.visualization": {},
    "keras.visualization": {},
    "keras.wrappers": {},
    "jax.experimental.sparse.linalg": {},
    COMPILER: COMPILER_BEFORE,
    INDUCTOR: {},
}
# Where such a module keeps what loads it.
LOADER = "_loaded_by"


class Later(ModuleType):
    """A module that is loaded once it is asked for what it would then have.

    Unlike that of `importlib.util.LazyLoader` it is left alone by who only looks through all
    modules for the file that each is from, as `inspect` does.
    """

    def __getattr__(self, name: str) -> Any:
        whole_name = f"{self.__name__}.{name}"
        if (name.startswith("__") and name != "__all__") or whole_name in NOT_ASKED_FOR:
            raise AttributeError(name)
        if whole_name in PARTS:
            return importlib.import_module(whole_name)
        vars(self)[LOADER].load(self)
        return ModuleType.__getattribute__(self, name)

    def __dir__(self) -> Iterable[str]:
        vars(self)[LOADER].load(self)
        return ModuleType.__dir__(self)


class LaterLoader:
    """Makes modules that are loaded later.

    Args:
        loader: which then loads them.
        attributes: what they have before.
    """

    def __init__(self, loader: Any, attributes: dict[str, Any]):
        self.loader = loader
        self.attributes = attributes
        self.lock = threading.RLock()
        self.loading = self.loaded = False

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """The module, of which no code has run yet."""
        module = Later(spec.name)
        vars(module).update(self.attributes, **{LOADER: self})
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Runs none."""

    def load(self, module: Any) -> None:
        """Runs the code of a module, once, while other threads that ask for it wait."""
        with self.lock:
            # What that code itself asks for is there by then or is not.
            if self.loading or self.loaded:
                return
            self.loading = True
            for name in self.attributes:
                vars(module).pop(name, None)
            try:
                self.loader.exec_module(module)
            except BaseException:
                vars(module).update(self.attributes)
                raise
            finally:
                self.loading = False
            self.loaded = True
            module.__loader__ = module.__spec__.loader = self.loader
            module.__class__ = ModuleType


class Loaded(Loader):
    """Gives a module that the package around it has loaded meanwhile.

    Args:
        module: which is it.
    """

    def __init__(self, module: ModuleType):
        self.module, self.spec = module, module.__spec__

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """The module itself."""
        return self.module

    def exec_module(self, module: ModuleType) -> None:
        """Runs none of its code again."""
        module.__spec__ = self.spec


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
    "tensorflow.lite.python.util": ("jax", {"jit": jit}),
}


class LeanFinder:
    """Finds the modules that are loaded later, and those that are loaded with a stand-in."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """The place of such a module, and nothing for others."""
        if name in PARTS:
            return None
        package = sys.modules.get(name.rpartition(".")[0])
        if type(package) is Later:
            return found_in(package, name)
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


def found_in(package: Later, name: str) -> ModuleSpec | None:
    """Loads a package before what is in it, which it perhaps loads itself.

    Returns:
        The place of what is in it, or `None` where it is to be looked for.
    """
    loader = vars(package)[LOADER]
    # Another thread that loads it may wait for this very import.
    if not loader.loading:
        loader.load(package)
    module = sys.modules.get(name)
    return None if module is None else ModuleSpec(name, Loaded(module))


def loading_with(
    name: str, attributes: dict[str, Any], load: Callable[[ModuleType], None]
) -> Callable[[ModuleType], None]:
    """Loads a module while another one, unless it is there already or missing, has a stand-in."""

    def load_with_stand_in(module: ModuleType) -> None:
        if name in sys.modules or PathFinder.find_spec(name) is None:
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
