"""The processes that share the steps of a run on PyTorch: this one leads, and the others help.

The others know nothing of the run. They are given a state, data and the graph of a step, and take
the steps that they are told of. Validation, callbacks, checkpoints and records are the leader's, so
that all but the step itself is as on one device.
"""

import contextlib
import pickle
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

from triceras.engines.agreement import NUDGES, agree, moved
from triceras.engines.errors import CannotCompileError
from triceras.engines.torch_sent import sent
from triceras.engines.torch_shares import LOST, copies, shared_program
from triceras.engines.torch_spread import spread
from triceras.errors import UserError

# Within how long after one helper has ended the others are asked how they ended.
SECONDS = 5.0


class Helper(NamedTuple):
    """Another process.

    Args:
        rank: its number, from 1.
        process: it; told what to do by its standard input.
        log: the file of what it says.
    """

    rank: int
    process: subprocess.Popen[bytes]
    log: Path

    def tell(self, pickled: bytes) -> None:
        """Tells it something."""
        assert self.process.stdin is not None
        self.process.stdin.write(pickled)
        self.process.stdin.flush()

    def end(self) -> str | None:
        """How it ended, in words, or `None` where it has not, or only as others had."""
        code = self.process.poll()
        if code is None or code == LOST:
            return None
        said = self.log.read_text(errors="replace").strip().splitlines()[-1:]
        how = signal.Signals(-code).name if code < 0 else ": ".join(["an error", *said])
        return f"the process of device {self.rank} ({self.process.pid}) was ended by {how}"


class Team:
    """This process and its helpers.

    Args:
        helpers: the others.
    """

    def __init__(self, helpers: Sequence[Helper]):
        self.helpers = helpers
        self.count = 1 + len(helpers)
        self.given: dict[str, list[torch.Tensor]] = {}
        self.programs: list[Callable[..., Any]] = []

    def tell(self, *message: Any) -> None:
        """Tells all helpers what comes next."""
        pickled = pickle.dumps(message)
        for helper in self.helpers:
            helper.tell(pickled)

    def give(self, what: str, tensors: Sequence[torch.Tensor]) -> None:
        """Gives all helpers copies of tensors, unless they have just these.

        Args:
            what: `"state"` or `"data"`.
            tensors: which helpers have from then on, whatever they had before.
        """
        if list(map(id, self.given.get(what, ()))) != list(map(id, tensors)):
            self.tell("give", what, [(tuple(tensor.shape), tensor.dtype) for tensor in tensors])
            copies(tensors)
        self.given[what] = list(tensors)

    def share_out(
        self, graph: Any, example: Sequence[torch.Tensor], state: int
    ) -> Callable[..., Any]:
        """What the leader does of a step while its helpers do the rest of it.

        Args:
            graph: of the step on one device.
            example: arguments of it: a state and data, which have been given, the numbers of the
                batch's rows, and its key.
            state: how many of them are the state.

        Raises:
            UserError: it cannot be shared, or gives other numbers than on one device.
        """
        alone = graph(*[tensor.clone() for tensor in example])
        shares = spread(graph, example, len(example) - 2, self.count)
        last = [tensor.numpy(force=True) for tensor in example[-2:]]
        self.tell("program", sent(shares), state, *last)
        function, together = shared_program(shares, 0, example, state)
        results = [map(array, alone), map(array, together)]
        for nudge in NUDGES:
            weights = [nudged(tensor, nudge) for tensor in example[:state]]
            rest = [tensor.clone() for tensor in example[state:]]
            results.append(map(array, graph(*weights, *rest)))
        if not all(map(agree, *results)):
            raise UserError(
                f"a step on {self.count} devices gave other numbers than on one: use devices=1"
            )
        self.programs.append(function)
        return function

    def take_steps(self, function: Callable[..., Any], rows: np.ndarray, keys: np.ndarray) -> None:
        """Has helpers take steps, as the leader then does.

        Args:
            function: `share_out` returned it.
            rows: `(steps, batch_size)`.
            keys: `(steps, 2)`.
        """
        self.tell("steps", self.programs.index(function), rows, keys)

    def took_steps(self, state: Sequence[torch.Tensor]) -> None:
        """Notes the state after steps, which helpers have as well."""
        self.given["state"] = list(state)

    @contextlib.contextmanager
    def together(self) -> Iterator[None]:
        """Explains what goes wrong within where it is that a helper has ended.

        Raises:
            UserError: one has.
        """
        try:
            yield
        except CannotCompileError as error:
            raise UserError(
                f"devices={self.count} needs a step that can be compiled: {error}"
            ) from error
        except (RuntimeError, OSError) as error:
            ends = self.ends()
            if not ends:
                raise
            raise UserError(
                f"{'; '.join(ends)}: the run ends here, and resume=<run folder> goes on from its "
                "last checkpoint"
            ) from error

    def ends(self) -> list[str]:
        """How helpers have ended that were the first to end."""
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            ends = [end for helper in self.helpers if (end := helper.end())]
            if ends or all(helper.process.poll() is not None for helper in self.helpers):
                return ends
            time.sleep(0.05)
        return []


def array(tensor: torch.Tensor) -> np.ndarray:
    """A tensor as an array, also of a type that NumPy does not know."""
    return tensor.double().numpy(force=True)


def nudged(tensor: torch.Tensor, nudge: float) -> torch.Tensor:
    """A tensor whose elements are moved by no more than rounding; whole numbers stay."""
    if not tensor.is_floating_point():
        return tensor.clone()
    return torch.as_tensor(moved(array(tensor), nudge)).to(tensor)
