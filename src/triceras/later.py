"""Modules that are loaded once somebody asks them for something."""

import dataclasses
import importlib
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from importlib.abc import Loader
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

# Where such a module keeps what loads it.
LOADER = "_loaded_by"


@dataclasses.dataclass(frozen=True)
class Before:
    """What there is of a module before it is loaded.

    Args:
        attributes: what it has.
        parts: names of modules in it, where it is a package, that can do without it.
        absent: names of those of which somebody asks only whether they are there already.
        prepare: called when it is imported.
    """

    attributes: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    parts: frozenset[str] = frozenset()
    absent: frozenset[str] = frozenset()
    prepare: Callable[[], None] = lambda: None


class Later(ModuleType):
    """A module that is loaded once it is asked for what it would then have.

    Unlike that of `importlib.util.LazyLoader` it is left alone by who only looks through all
    modules for the file that each is from, as `inspect` does.
    """

    def __getattr__(self, name: str) -> Any:
        loader = vars(self)[LOADER]
        if (name.startswith("__") and name != "__all__") or name in loader.before.absent:
            raise AttributeError(name)
        if name in loader.before.parts:
            return importlib.import_module(f"{self.__name__}.{name}")
        loader.load(self)
        return ModuleType.__getattribute__(self, name)

    def __dir__(self) -> Iterable[str]:
        vars(self)[LOADER].load(self)
        return ModuleType.__dir__(self)


class LaterLoader:
    """Makes modules that are loaded later.

    Args:
        loader: which then loads them.
        before: what they have until then.
    """

    def __init__(self, loader: Any, before: Before):
        self.loader = loader
        self.before = before
        self.lock = threading.RLock()
        self.loading = self.loaded = False

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """The module, of which no code has run yet."""
        module = Later(spec.name)
        vars(module).update(self.before.attributes, **{LOADER: self})
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Runs none."""
        self.before.prepare()

    def load(self, module: Any) -> None:
        """Runs the code of a module, once, while other threads that ask for it wait."""
        with self.lock:
            package = sys.modules.get(module.__name__.rpartition(".")[0])
            if type(package) is Later:
                # Its own code comes first, which perhaps loads this one.
                vars(package)[LOADER].load(package)
            # What that code itself asks for is there by then or is not.
            if self.loading or self.loaded:
                return
            self.loading = True
            for name in self.before.attributes:
                vars(module).pop(name, None)
            try:
                self.loader.exec_module(module)
            except BaseException:
                vars(module).update(self.before.attributes)
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


def found_in(package: Later, name: str) -> ModuleSpec | None:
    """Loads a package before what is in it, which it perhaps loads itself.

    Returns:
        The place of what is in it, or `None` where it is to be looked for.
    """
    loader = vars(package)[LOADER]
    if name.rpartition(".")[2] in loader.before.parts:
        return None
    # Another thread that loads it may wait for this very import.
    if not loader.loading:
        loader.load(package)
    module = sys.modules.get(name)
    return None if module is None else ModuleSpec(name, Loaded(module))
