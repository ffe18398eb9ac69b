"""Programs that inductor has made, kept so that a later process runs them without inductor.

To load inductor and have it find a program in its own cache takes seconds, though it comes to one
shared library in the end. Its function is called here as inductor calls it, once it is seen to do
the same.
"""

import contextlib
import hashlib
import importlib.util
import logging
import os
import secrets
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import torch

from triceras.engines.torch_fast import alike
from triceras.errors import one_line
from triceras.machine import machine_id
from triceras.old_programs import forget_old

log = logging.getLogger(__name__)

# What inductor calls the function in a library of its C++ wrapper, and gives to such a library.
ENTRY, POINTER = "inductor_entry_cpp", "_TORCHINDUCTOR_PYOBJECT_TENSOR_DATA_PTR"
# By what variables of the environment it is told to compile otherwise.
TELLING = ("TORCHINDUCTOR_", "AOT_INDUCTOR_", "ATEN_CPU_CAPABILITY", "CXX")
# Where its cache is, in which nothing else depends on it.
CACHE = "TORCHINDUCTOR_CACHE_DIR"

C: Any = torch._C

Program = Callable[..., list[torch.Tensor]]


class KeptProgram:
    """Where the program of a graph is kept.

    Args:
        folder: for all programs of this machine; `None` keeps nothing.
        graph: changes some of its arguments in place, and returns a list of other tensors.
        example: arguments of it, which stay as they are.
        changed: how many of the first ones it changes.
    """

    def __init__(self, folder: Path | None, graph: Any, example: Sequence[Any], changed: int):
        self.graph, self.example, self.changed = graph, example, changed
        # What the library is given before the arguments.
        self.constants = [*graph.parameters(), *graph.buffers()]
        # What is in another graph within this one its code does not say.
        self.folder = None if list(graph.children()) else folder
        self.key = key_of(graph, example, self.constants, changed) if self.folder else ""

    def load(self) -> Program | None:
        """The program, or `None` where it is not kept, is damaged, or gives other numbers."""
        for path in sorted(self.folder.glob(f"{self.key}-*.so")) if self.folder else ():
            try:
                if path.stem == f"{self.key}-{digest(path.read_bytes())}":
                    program = self.calling(entry_of(path))
                    # The graph by itself rounds otherwise, which moves weights more than losses.
                    if self.does(program, self.graph, alike, 0):
                        with contextlib.suppress(OSError):  # who may read it may not write
                            path.touch()
                        return program
                reason = "it is damaged, or gives other numbers"
            except Exception as error:
                reason = one_line(error)
            log.warning("a step is compiled anew, as %s cannot be used: %s", path, reason)
        return None

    def keep(self, program: Program, modules: Iterable[Any]) -> Program | None:
        """Keeps a program.

        Args:
            program: of the graph, by inductor.
            modules: what was imported while inductor made it.

        Returns:
            The program as it will be loaded; `None` where it is not kept. It is where it is one
            library, whose function does all of it.
        """
        libraries = [module for module in modules if hasattr(module, ENTRY)]
        if self.folder is None or len(libraries) != 1:
            return None
        direct = self.calling(getattr(libraries[0], ENTRY))
        if not self.does(direct, program, torch.equal, self.changed) or self.shares_memory(direct):
            return None
        # Under a name of its own first, as another process may be at it too.
        own = self.folder / f".{secrets.token_hex(4)}"
        try:
            content = Path(libraries[0].__file__).read_bytes()
            self.folder.mkdir(parents=True, exist_ok=True)
            own.write_bytes(content)
            own.replace(self.folder / f"{self.key}-{digest(content)}.so")
            forget_old(self.folder, "*.so")
        except OSError as error:
            log.info("a compiled step is not kept: %s", error)
            return None
        finally:
            own.unlink(missing_ok=True)
        return direct

    def calling(self, entry: Any) -> Program:
        """A program that calls the function of a library."""
        give = C._aoti.unsafe_alloc_void_ptrs_from_tensors
        take = C._aoti.alloc_tensors_by_stealing_from_void_ptrs
        constants = self.constants
        return lambda *arguments: take(entry(give([*constants, *arguments])))

    def does(self, program: Program, other: Program, same: Any, changed: int) -> bool:
        """Whether a program returns the numbers of another, and so changes its first arguments."""
        found, expected = (
            [*results, *given[:changed]] for results, given in map(self.tried, (program, other))
        )
        return len(found) == len(expected) and all(map(same, found, expected))

    def shares_memory(self, program: Program) -> bool:
        """Whether what a program returns lies in the memory of what it is given."""
        results, given = (map(memory_of, tensors) for tensors in self.tried(program))
        return not set(results).isdisjoint(given)

    def tried(self, program: Program) -> tuple[list[Any], list[Any]]:
        """What a program returns for the example, and what it has been given, as it is then."""
        given = [*(a.clone() for a in self.example[: self.changed]), *self.example[self.changed :]]
        with torch.no_grad():
            return list(program(*given)), given


def key_of(graph: Any, example: Sequence[Any], constants: Sequence[Any], changed: int) -> str:
    """The same where inductor makes the same program."""
    environment = (item for item in os.environ.items() if item[0].startswith(TELLING))
    settings = [
        (torch.__version__, sys.implementation.cache_tag, machine_id()),
        (torch.get_num_threads(), torch.get_float32_matmul_precision()),
        (torch.are_deterministic_algorithms_enabled(), changed),
        sorted(item for item in environment if item[0] != CACHE),
        [(a.dtype, a.shape, a.stride(), str(a.device)) for a in example],
        [(a.dtype, a.shape) for a in constants],
    ]
    contents = (a.detach().cpu().reshape(-1).view(torch.uint8).numpy() for a in constants)
    return digest(f"{graph.code}{settings}".encode(), *contents)


def digest(*parts: Any) -> str:
    """Sixteen hexadecimal digits, the same for the same bytes."""
    found = hashlib.sha256()
    for part in parts:
        found.update(part)
    return found.hexdigest()[:16]


def memory_of(tensor: torch.Tensor) -> int:
    """Where a tensor lies."""
    return tensor.untyped_storage().data_ptr()


def entry_of(path: Path) -> Any:
    """The function of a library that inductor has made."""
    os.environ[POINTER] = str(C._dynamo.guards._torchinductor_pyobject_tensor_data_ptr)
    spec = importlib.util.spec_from_file_location(f"{path.stem}.{ENTRY}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return getattr(module, ENTRY)
