"""A traced graph, compiled by inductor into one program that updates the state in place."""

import copy
import logging
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch.fx import Node

from triceras.engines.torch_kept import KeptProgram
from triceras.engines.torch_simplify import root_of
from triceras.errors import one_line

log = logging.getLogger(__name__)

READS_A_VALUE = torch.ops.aten._local_scalar_dense.default

# On a CPU. To make the header ready takes longer than to compile it along, and 147 MB; what is
# compiled once is loaded without it. What only a debugger needs takes time as well.
OPTIONS = {
    "cpp_wrapper": True,
    "cpp_cache_precompile_headers": False,
    "aot_inductor.enable_line_tables": False,
}


class Compiled(NamedTuple):
    """A step that inductor has compiled.

    Args:
        run: takes and returns what the graph does.
        kept: whether later processes find it without inductor.
    """

    run: Any
    kept: bool


def compiled(graph: Any, example: Sequence[Any], state: int, folder: Path | None) -> Any:
    """The graph compiled by inductor, or `None` where that fails or cannot pay.

    `torch.compile` would check in each call that the arguments are of the same kind as before,
    which they are, and would call each kernel from Python.

    Args:
        graph: takes tensors, and returns a list of tensors.
        example: arguments of it.
        state: how many of its first arguments are the state, whose new values it returns first. It
            is changed in place, as memory is what the step of an optimizer waits for.
        folder: where programs are kept; `None` keeps none.
    """
    if any(node.target is READS_A_VALUE for node in graph.graph.nodes):
        # It would be compiled anew for each value.
        return None
    on_cpu = all(a.device.type == "cpu" for a in example)
    in_place = updating_in_place(graph, state)
    place = KeptProgram(folder if on_cpu else None, in_place, example, state)
    program, kept = place.load(), True
    if program is None:
        before = set(sys.modules)
        made = by_inductor(in_place, example, OPTIONS if on_cpu else {})
        if made is None:
            return None
        direct = place.keep(made, [sys.modules[name] for name in sys.modules.keys() - before])
        program, kept = direct or made, direct is not None
    return Compiled(lambda *arguments: [*arguments[:state], *program(*arguments)], kept)


def by_inductor(graph: Any, example: Sequence[Any], options: dict[str, Any]) -> Any:
    """The program that inductor makes of a graph, or `None` where it fails."""
    # Imported here, as most runs end before inductor pays, and its import takes a second.
    from torch._dynamo.exc import TorchDynamoException
    from torch._inductor.exc import CppCompileError, InvalidCxxCompiler

    # Raised where a compiler is missing, fails, or knows no way to compute something, and where
    # what it makes cannot be loaded.
    errors = (TorchDynamoException, CppCompileError, InvalidCxxCompiler, ImportError)
    try:
        with quickly_checked_compiler():
            return torch._inductor.compile(graph, list(example), options)
    except errors as error:
        reason = one_line(error)
        log.warning("the step runs as a traced graph, slower, as inductor failed: %s", reason)
        return None


@contextmanager
def quickly_checked_compiler() -> Iterator[None]:
    """Has inductor see by the compiler's options alone whether it knows what the processor can.

    It would compile and load some ten small programs, which takes it longer than a step does.
    """
    from torch._inductor import cpp_builder, cpu_vec_isa

    kind = cpu_vec_isa.VecISA
    theirs = kind.check_build

    def knows(self: Any, code: str) -> bool:
        options = (*self.build_arch_flags().split(), "-x", "c++", "-c", "-o", os.devnull, "-")
        command = (*shlex.split(cpp_builder.get_cpp_compiler()), *options)
        return subprocess.run(command, input=b"", capture_output=True).returncode == 0

    kind.check_build = knows
    try:
        yield
    finally:
        kind.check_build = theirs


def updating_in_place(graph: Any, state: int) -> Any:
    """A copy of a graph that writes the new state over the old one, and returns the rest."""
    new = torch.fx.GraphModule(graph, copy.deepcopy(graph.graph))
    multiply_outer_products(new)
    nodes = list(new.graph.nodes)
    arguments = [node for node in nodes if node.op == "placeholder"]
    (end,) = (node for node in nodes if node.op == "output")
    results = list(end.args[0])
    with new.graph.inserting_before(end):
        for place, result in enumerate(results):
            itself = place < state and result is arguments[place]
            if isinstance(result, Node) and root_of(result) in arguments[:state] and not itself:
                # What is an old value of some state, which the copies to come write over.
                results[place] = new.graph.call_function(torch.ops.aten.clone.default, (result,))
        for before, after in zip(arguments[:state], results[:state], strict=True):
            if before is not after:
                new.graph.call_function(torch.ops.aten.copy_.default, (before, after))
    end.args = (results[state:],)
    new.recompile()
    return new


def multiply_outer_products(graph: Any) -> None:
    """Makes a multiplication of each matrix product of a column and a row.

    A gradient is one where a batch is of one example. Inductor can make a multiplication a part of
    the optimizer's step, which it cannot do with a matrix product.
    """
    for node in graph.graph.nodes:
        if node.target is torch.ops.aten.mm.default and node.args[0].meta["val"].shape[1] == 1:
            node.target = torch.ops.aten.mul.Tensor
