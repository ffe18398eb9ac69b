"""Whether compiling by inductor pays, by what it cost and saved on this machine before."""

import contextlib
import hashlib
import json
import os
import secrets
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch

# What is taken for granted until something was compiled here, measured on two cores: 8 s for some
# 400 operations, and on a slower machine 18 to 20 s for 200 to 400, 26 to 36 times of what tracing
# them takes there; a quarter of it where inductor's cache on disk has them, next to nothing where
# the program is kept beside it; half of a step.
SECONDS_AN_OPERATION = 0.02
TIMES_OF_TRACING = 25
SHARE_OF_CACHED = 0.25
SHARE_OF_KEPT = 0.02
SHARE_SAVED = 0.5
# Where convolutions take more than this of a step, inductor saves nothing: it leaves them to
# PyTorch as well, in a layout that it copies arrays to. Compiled steps of two networks, of which
# they take 0.27 and 0.52, were slower by a tenth; compiling had taken half a minute and 130 MiB.
MOST_OF_CONVOLUTIONS = 0.2
CONVOLUTIONS = (torch.ops.aten.convolution.default, torch.ops.aten.convolution_backward.default)

# Fewer steps are over before anything could be compiled.
LEAST_STEPS = 1_000
# Steps are timed until they have taken so long, at least some and no more than many: where another
# process runs, one thread waits for another in most of them.
TIMED_SECONDS, LEAST_TIMED, MOST_TIMED = 0.25, 3, 10


class Choices:
    """What was measured and chosen on a machine, a file for each graph.

    Args:
        folder: where it is kept; `None` keeps nothing.
    """

    def __init__(self, folder: Path | None):
        self.folder = folder

    def compiles(
        self,
        graph: Any,
        steps: int,
        seconds_a_step: Callable[[], float],
        convolving: Callable[[], float] = lambda: 0.0,
        tracing: float = 0.0,
    ) -> bool:
        """Whether a run is to be compiled by inductor.

        What was chosen first for a graph and a number of steps stays, so that the same command
        gives the same bits again, whatever was measured since.

        Args:
            graph: of a training step.
            steps: how many the run is expected to take.
            seconds_a_step: measures a step that is not compiled.
            convolving: measures the share of it that convolutions take.
            tracing: seconds of the processor that tracing the graph took.
        """
        if steps < LEAST_STEPS:
            return False
        name = f"{key_of(graph)}-{steps}"
        kept = self.read(f"{name}-tried") or self.read(name)
        if kept is None:
            kept = {"inductor": self.pays(graph, steps, seconds_a_step, convolving, tracing)}
            kept = self.write_first(name, kept)
        return bool(kept["inductor"])

    def stays(self, graph: Any, steps: int, step: float, traced: float) -> bool:
        """Whether a run goes on as inductor has compiled it, which was not tried before.

        Convolutions can be slower so: it has PyTorch compute them, from arrays that it lays out
        anew. What is seen first stays here as well.

        Args:
            graph: of a training step.
            steps: how many the run is expected to take.
            step: seconds of a compiled step.
            traced: seconds of one that is not.
        """
        name = f"{key_of(graph)}-{steps}-tried"
        return bool(self.write_first(name, {"inductor": step < traced})["inductor"])

    def pays(
        self,
        graph: Any,
        steps: int,
        seconds_a_step: Callable[[], float],
        convolving: Callable[[], float],
        tracing: float,
    ) -> bool:
        """Whether more is saved than compiling costs; see `compiles`."""
        own = self.read(key_of(graph))
        if own is None and convolving() > MOST_OF_CONVOLUTIONS:
            return False
        seconds = seconds_a_step()
        if own is not None:
            share = SHARE_OF_KEPT if own.get("kept") else SHARE_OF_CACHED
            cost, saved = own["seconds"] * share, seconds - own["step"]
        else:
            others, count = self.measured(), len(graph.graph.nodes)
            # Of a smaller graph most is what inductor takes for any.
            each = [one["seconds"] * max(1.0, count / one["operations"]) for one in others]
            shares = [1 - one["step"] / one["traced"] for one in others if one["traced"]]
            supposed = max(count * SECONDS_AN_OPERATION, TIMES_OF_TRACING * tracing)
            cost = middle(each, supposed)
            saved = seconds * middle(shares, SHARE_SAVED)
        return steps * saved > cost

    def note(
        self, graph: Any, seconds: float, step: float, traced: float, kept: bool = False
    ) -> None:
        """Keeps what compiling has cost for the first time, and what it gave.

        Args:
            graph: that was compiled.
            seconds: of the processor that it took.
            step: seconds of a compiled step.
            traced: seconds of one that is not.
            kept: whether it is found without inductor from now on.
        """
        facts = {"seconds": seconds, "step": step, "traced": traced, "kept": kept}
        self.write_first(key_of(graph), facts | {"operations": len(graph.graph.nodes)})

    def measured(self) -> list[dict[str, Any]]:
        """What is known of all graphs that were compiled."""
        paths = sorted(self.folder.glob("*.json")) if self.folder and self.folder.is_dir() else []
        found = [self.read(path.stem) for path in paths]
        return [one for one in found if one and "operations" in one]

    def read(self, name: str) -> dict[str, Any] | None:
        """What a file holds; nothing where it is not there or damaged."""
        if self.folder is None:
            return None
        try:
            found = json.loads((self.folder / f"{name}.json").read_text())
        except (OSError, ValueError):
            return None
        return found if isinstance(found, dict) else None

    def write_first(self, name: str, facts: dict[str, Any]) -> dict[str, Any]:
        """Writes a file that is not there yet; returns what it holds then."""
        if self.folder is None:
            return facts
        # Of two processes one is the first, and the other takes what that has chosen.
        own = self.folder / f".{secrets.token_hex(4)}"
        with contextlib.suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            own.write_text(json.dumps(facts))
            with contextlib.suppress(FileExistsError):
                os.link(own, self.folder / f"{name}.json")
            own.unlink()
        return self.read(name) or facts


def middle(values: Sequence[float], otherwise: float) -> float:
    """The median, or something else where there is none."""
    return statistics.median(values) if values else otherwise


def key_of(graph: Any) -> str:
    """The same for graphs of the same operations on tensors of the same shapes."""
    shapes = [str(node.meta.get("val")) for node in graph.graph.nodes if node.op == "placeholder"]
    text = "\n".join([torch.__version__, graph.code, *shapes])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def processor_seconds() -> float:
    """What this process and those that it has waited for have taken until now."""
    return sum(os.times()[:4])


class Timing(torch.fx.Interpreter):
    """Computes a graph, and adds up what its operations take.

    Attributes:
        seconds: of the processor, of all of them.
        convolving: of convolutions and of their gradients.
    """

    seconds, convolving = 0.0, 0.0

    def run_node(self, n: Any) -> Any:
        began = time.thread_time()
        result = super().run_node(n)
        seconds = time.thread_time() - began
        self.seconds += seconds
        self.convolving += seconds * (n.target in CONVOLUTIONS)
        return result


def share_of_convolutions(graph: Any, example: Sequence[torch.Tensor], state: int) -> float:
    """Which share of a step convolutions and their gradients take on a CPU, from 0 to 1.

    Args:
        graph: takes a state and other tensors.
        example: arguments of it, which stay as they are.
        state: how many of its arguments are the state.
    """
    convolves = any(node.target in CONVOLUTIONS for node in graph.graph.nodes)
    if not convolves or any(a.device.type != "cpu" for a in example):
        return 0.0
    with torch.no_grad():
        # The first one warms up.
        for _ in range(2):
            step = Timing(graph)
            step.run(*(a.clone() for a in example[:state]), *example[state:])
    return step.convolving / step.seconds if step.seconds else 0.0


def timed(function: Callable[..., Any], example: Sequence[torch.Tensor], state: int) -> float:
    """The seconds of the processor that a step takes, the quickest of some.

    Args:
        function: takes a state and other tensors, and returns the new state first.
        example: arguments of it, which stay as they are.
        state: how many of its arguments are the state.
    """
    given, seconds = [a.clone() for a in example[:state]], []
    # Of the processor: what else runs on the machine now is no reason to choose another way.
    with torch.no_grad():
        # The first one warms up.
        while len(seconds) <= LEAST_TIMED or (
            len(seconds) <= MOST_TIMED and sum(seconds) < TIMED_SECONDS
        ):
            began = time.thread_time()
            given = function(*given, *example[state:])[:state]
            seconds.append(time.thread_time() - began)
    return min(seconds[1:])
