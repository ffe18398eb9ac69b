"""A step as a graph that is made small and fused, at next to no cost of compiling."""

import copy
import ctypes
import functools
import logging
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch.fx import GraphModule

from triceras import c_library
from triceras.engines.agreement import NUDGES, TOLERANCE, differs_by_rounding, moved
from triceras.engines.torch_fusion import fused
from triceras.engines.torch_graph import functional
from triceras.engines.torch_simplify import simplified
from triceras.engines.torch_tidy import tidied
from triceras.errors import one_line
from triceras.torch_libraries import POINTWISE, folder

log = logging.getLogger(__name__)

# Where Linux names the libraries of a process.
MAPPED = Path("/proc/self/maps")
THREADS = re.compile(r"lib(g|i)?omp\d*[.-]")
# How much data are moved to see what rounding decides.
NUDGED_MB = 256
FUNCTIONS = ("GOMP_parallel", "omp_get_num_threads", "omp_get_thread_num")


def quick(graph: Any, tensors: Sequence[Any], state: int) -> Any:
    """A traced graph that is made faster without a compiler."""
    if can_be_fused(tensors) and has_fixed_sizes(graph):
        try:
            return fast(graph, tensors, state)
        # Whatever an operation that nobody foresaw does to the rewriting, the graph itself is good.
        except Exception as error:
            reason = one_line(error)
            log.warning("the step runs as a traced graph, slower, as it was not fused: %s", reason)
    return tidied(copy.deepcopy(graph), state)


def has_fixed_sizes(graph: Any) -> bool:
    """Whether no tensor of a graph has a size that depends on the values of others."""
    values = [node.meta.get("val") for node in graph.graph.nodes]
    return all(isinstance(v.numel(), int) for v in values if isinstance(v, torch.Tensor))


def fast(graph: GraphModule, example: Sequence[torch.Tensor], state: int) -> GraphModule:
    """A graph that computes what another one does, faster.

    Args:
        graph: traced.
        example: arguments of it, on which both are compared.
        state: how many of its first arguments are the state, whose new values it returns first. It
            may be changed in place.

    Raises:
        ArithmeticError: what was made of the graph gives other numbers.
    """
    simple = simplified(functional(graph, example), state)
    faster = fused(simple, state, pointwise().pointwise)

    # There may be no room for the data once more.
    data = example[state:]
    small = sum(a.nbytes for a in data if a.is_floating_point()) <= NUDGED_MB * 2**20

    def results(one: GraphModule, nudge: float = 0.0) -> Any:
        with torch.no_grad():
            # Layers that begin with zeros are moved by the data alone.
            moves = nudge and small
            beside = [nudged(a, nudge) if moves and not is_whole(a) else a for a in data]
            return one(*[nudged(a, nudge) for a in example[:state]], *beside)

    wanted = results(graph)

    def gives_the_same(other: GraphModule) -> bool:
        pairs = list(zip(wanted, results(other), strict=True))
        others = [place for place, pair in enumerate(pairs) if not alike(*pair)]
        # Of a gradient that is 0 but for rounding Adam's moments are anything.
        after = [results(graph, nudge) for nudge in NUDGES] if others else []
        return all(
            differs_by_rounding(
                *map(numbers, pairs[place]), *(numbers(one[place]) for one in after)
            )
            for place in others
        )

    if gives_the_same(faster):
        return faster
    if not gives_the_same(simple):
        raise ArithmeticError("the rewritten step gave other numbers")
    log.warning(
        "the step runs as a traced graph, slower, as compiled parts of it gave other numbers"
    )
    return simple


def nudged(tensor: torch.Tensor, nudge: float) -> torch.Tensor:
    """A copy of a tensor, whose elements are moved where it has numbers with a point."""
    if not nudge or not tensor.is_floating_point():
        return tensor.clone()
    return torch.as_tensor(moved(numbers(tensor), nudge)).to(tensor.dtype)


def is_whole(tensor: torch.Tensor) -> bool:
    """Whether all elements are whole numbers, as labels are: a little less is another class."""
    return not tensor.is_floating_point() or torch.equal(tensor, tensor.round())


def numbers(tensor: Any) -> Any:
    """A tensor as NumPy computes with it."""
    return tensor.detach().double().cpu().numpy() if isinstance(tensor, torch.Tensor) else tensor


def can_be_fused(example: Sequence[torch.Tensor]) -> bool:
    """Whether compiled code can take a part in a step on these tensors."""
    return all(a.device.type == "cpu" for a in example) and pointwise() is not None


def alike(a: Any, b: Any) -> bool:
    """Whether two results are the same but for rounding."""
    if not isinstance(a, torch.Tensor) or not a.is_floating_point():
        return torch.equal(a, b) if isinstance(a, torch.Tensor) else a == b
    largest = float(a.abs().nan_to_num().max()) if a.numel() else 0.0
    return torch.allclose(a, b, rtol=0.0, atol=TOLERANCE * largest, equal_nan=True)


@functools.cache
def pointwise() -> Any:
    """The library of pointwise.c, or `None` where there is no compiler."""
    try:
        found: Any = c_library.loaded(POINTWISE, folder("c"))
    except c_library.FAILURES as error:
        log.info("a step is computed by many small operations, as no C compiler works: %s", error)
        return None
    address, count = ctypes.c_void_p, ctypes.c_int64
    found.pointwise.argtypes = [address, count, address, address, count]
    found.use_threads.argtypes = [address] * 3
    found.pointwise.restype = found.use_threads.restype = None
    functions = threads_of_framework()
    if functions:
        found.use_threads(*(ctypes.cast(function, address) for function in functions))
    return found


def threads_of_framework() -> list[Any]:
    """What starts, counts and tells apart the threads that PyTorch computes with.

    Others beside them would be in their way. Where they are not found one thread computes.
    """
    try:
        files = {Path(line.split()[-1]) for line in MAPPED.read_text().splitlines()}
        library = ctypes.CDLL(str(next(file for file in files if THREADS.match(file.name))))
        return [getattr(library, name) for name in FUNCTIONS]
    except (OSError, StopIteration, AttributeError):
        return []
