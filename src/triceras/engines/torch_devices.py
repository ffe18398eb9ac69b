"""Processes of PyTorch, one for each device of a run."""

import contextlib
import datetime
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import torch
import torch.distributed as dist

from triceras.engines.torch_team import Helper, Team
from triceras.engines.torch_teams import teams
from triceras.errors import UserError

# Compiling may take long; that a process has ended is noticed at once.
PATIENCE = datetime.timedelta(minutes=30)
# What a helper may take for its end, which it begins at once.
SECONDS_TO_END = 5.0
# Processes of one machine find each other by this, whatever the machine's name is.
INTERFACE, LOOPBACK = "GLOO_SOCKET_IFNAME", "lo"
VISIBLE = "CUDA_VISIBLE_DEVICES"
CODE = (
    "from triceras import backend; backend.use('torch'); "
    "from triceras.engines.torch_helper import main; main()"
)


def found() -> list[str]:
    """The GPUs that there are, or else the processor, which can be as many devices as one likes."""
    return [f"cuda:{i}" for i in range(torch.cuda.device_count())] or ["cpu"]


def device() -> str:
    """The device of this process."""
    return "cuda" if torch.cuda.is_available() else "cpu"


@contextlib.contextmanager
def spread(count: int) -> Iterator[None]:
    """Has training steps within shared by this process and others, which it starts.

    Raises:
        UserError: one of them does not start.
    """
    before = torch.get_num_threads()
    threads = max(1, before // count) if device() == "cpu" else before
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        helpers = [started(rank, count, threads, Path(folder)) for rank in range(1, count)]
        stack.callback(end, helpers)
        for helper in helpers:
            wait_for(helper)
        join(0, count, folder)
        stack.callback(dist.destroy_process_group)
        stack.callback(torch.set_num_threads, before)
        torch.set_num_threads(threads)
        teams.append(Team(helpers))
        stack.callback(teams.pop)
        yield


def started(rank: int, count: int, threads: int, folder: Path) -> Helper:
    """A helper, which takes a while until it is ready."""
    visible = os.environ.get(VISIBLE, "").split(",")
    own = visible[rank] if len(visible) > rank else str(rank)
    own = own if torch.cuda.is_available() else ""
    environment = {**os.environ, INTERFACE: interface(), VISIBLE: own}
    log = folder / f"{rank}.log"
    with open(log, "wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-c", CODE, *map(str, (rank, count, threads, folder))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=file,
            env=environment,
            # A terminal's Ctrl-C is for the leader.
            start_new_session=True,
        )
    return Helper(rank, process, log)


def wait_for(helper: Helper) -> None:
    """Waits until a helper is ready.

    Raises:
        UserError: it has ended instead.
    """
    assert helper.process.stdout is not None
    if not helper.process.stdout.readline():
        helper.process.wait()
        raise UserError(f"{helper.end()}, before it was ready: use devices=1")


def interface() -> str:
    """What processes of this machine are connected by."""
    return os.environ.get(INTERFACE, LOOPBACK if sys.platform == "linux" else "lo0")


def join(rank: int, count: int, folder: str) -> None:
    """Connects this process with the others.

    Args:
        rank: its number, 0 for the leader.
        count: of processes.
        folder: where they meet.
    """
    os.environ[INTERFACE] = interface()
    told = sys.excepthook
    dist.init_process_group(
        "nccl" if device() == "cuda" else "gloo",
        init_method=f"file://{folder}/meeting",
        rank=rank,
        world_size=count,
        timeout=PATIENCE,
    )
    # PyTorch's own would write its rank before each line of a traceback.
    sys.excepthook = told


def end(helpers: list[Helper]) -> None:
    """Ends helpers, and waits until they have."""
    for helper in helpers:
        with contextlib.suppress(OSError):
            assert helper.process.stdin is not None
            assert helper.process.stdout is not None
            helper.process.stdout.close()
            helper.process.stdin.close()
    for helper in helpers:
        try:
            helper.process.wait(SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            helper.process.kill()
            helper.process.wait()
