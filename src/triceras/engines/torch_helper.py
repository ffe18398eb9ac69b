"""A process that helps another one with the steps of its run; started by `torch_devices`.

It ends when the other one does, which closes its standard input and their connections.
"""

import os
import pickle
import signal
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
import torch.distributed as dist

from triceras import engines
from triceras.engines import torch_devices
from triceras.engines.torch_sent import SentGraph, received
from triceras.engines.torch_shares import LOST, copies, shared_program
from triceras.errors import one_line
from triceras.parents import end_with_parent

# The leader says when to end; a terminal, or a queue, sends these to all processes.
SIGNALS = ("SIGINT", "SIGTERM", "SIGUSR1", "SIGUSR2", "SIGHUP")


class Helper:
    """What a helper has, and what it is told to do, by name.

    Args:
        rank: its number, from 1.
    """

    def __init__(self, rank: int):
        self.rank = rank
        self.given: dict[str, list[torch.Tensor]] = {"state": [], "data": []}
        self.programs: list[Any] = []

    def give(self, what: str, like: Sequence[tuple[Any, torch.dtype]]) -> None:
        """Takes copies of the leader's tensors; see `Team.give`."""
        device = torch_devices.device()
        self.given[what] = [torch.empty(shape, dtype=dtype, device=device) for shape, dtype in like]
        copies(self.given[what])

    def program(self, shares: SentGraph, state: int, *last: np.ndarray) -> None:
        """Takes a step's share over; see `Team.share_out`."""
        tail = [torch.as_tensor(array, device=torch_devices.device()) for array in last]
        example = [*self.given["state"], *self.given["data"], *tail]
        function, _ = shared_program(received(shares), self.rank, example, state)
        self.programs.append(function)

    def steps(self, number: int, rows: np.ndarray, keys: np.ndarray) -> None:
        """Takes steps; see `Team.take_steps`."""
        step, state, data = self.programs[number], self.given["state"], self.given["data"]
        device = torch_devices.device()
        for row, key in zip(
            torch.as_tensor(rows, device=device).long(),
            torch.as_tensor(keys, device=device),
            strict=True,
        ):
            state = step(*state, *data, row, key)[: len(state)]
        self.given["state"] = state


def main() -> None:
    """Does what the leader says until it says no more."""
    for name in SIGNALS:
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    end_with_parent()
    rank, count, threads, folder = (*map(int, sys.argv[1:4]), sys.argv[4])
    engines.module()  # It sets PyTorch up as the leader has it.
    torch.set_num_threads(threads)
    print("ready", flush=True)
    code = 0
    try:
        torch_devices.join(rank, count, folder)
        helper = Helper(rank)
        with torch.no_grad():
            while True:
                what, *details = pickle.load(sys.stdin.buffer)
                getattr(helper, what)(*details)
    except EOFError:
        pass
    except Exception as error:
        lost = isinstance(error, dist.DistError) or "onnection" in str(error)
        code = LOST if lost else 1
        print(one_line(error), file=sys.stderr, flush=True)
    # Whatever connections to the others still wait for.
    os._exit(code)
