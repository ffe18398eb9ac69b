"""A cluster of Ray: one that is there, or one on this machine that ends with the command."""

import atexit
import importlib.util
import logging
import os
import shutil
import signal
import tempfile
from typing import Any

from triceras.errors import UserError, one_line
from triceras.packages import how_to_install
from triceras.patching import patched
from triceras.sweeps.machine import cores

LOCAL = "local"
# The least that Ray takes: nothing goes through it.
STORE = 80 * 2**20
GIGABYTE = 2**30


def check_package() -> None:
    """Checks that Ray is installed.

    Raises:
        UserError: it is not.
    """
    if importlib.util.find_spec("ray") is None:
        raise UserError(
            f"hydra/launcher=ray needs ray, which is not installed: {how_to_install('ray')}"
        )


def connect(address: str) -> Any:
    """Connects this process to a cluster, until `disconnect` or its end.

    Args:
        address: of one that is there; `local` for one of this machine alone.

    Returns:
        The package `ray`.

    Raises:
        UserError: there is none at the address, or it cannot be had.
    """
    # It would tell its makers of each cluster that it starts.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    import ray

    if ray.is_initialized():
        return ray
    logging.getLogger("ray").setLevel(logging.ERROR)
    own = {}
    if address == LOCAL:
        # A folder of its own, in which no other command looks for a cluster.
        folder = tempfile.mkdtemp(prefix="ray-")
        own = {"num_cpus": len(cores()), "object_store_memory": STORE, "_temp_dir": folder}
        own |= {"include_dashboard": False}
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
    try:
        # It would handle SIGTERM, which here ends a sweep in order.
        heard = signal.getsignal(signal.SIGTERM)
        with patched(signal, "signal", lambda *_: None):
            ray.init(address=address, log_to_driver=False, configure_logging=False, **own)
        # Its part that is not Python prints a page before it hands the signal on.
        signal.signal(signal.SIGTERM, heard)
    except Exception as error:
        raise UserError(
            f"hydra.launcher.address={address} cannot be had of Ray ({one_line(error)}): start a "
            f"cluster by `ray start --head`, or use {LOCAL}"
        ) from error
    # Later than what is registered above, and so before it.
    atexit.register(disconnect)
    return ray


def disconnect() -> None:
    """Leaves the cluster; ends it where it is this process's own."""
    import ray

    ray.shutdown()


def check_alive(ray: Any) -> None:
    """Checks that jobs can still be started.

    Raises:
        UserError: all machines of Ray's are gone, for which it would wait without a word.
    """
    if not any(node["Alive"] for node in ray.nodes()):
        raise UserError(
            "no machine of Ray's is left (its daemon, raylet, has died): the jobs that run save "
            "themselves, and resume_sweep=<this sweep> goes on with them"
        )


def check_room(ray: Any, wanted: dict[str, float]) -> str | None:
    """What keeps a job from running, or `None`.

    Args:
        ray: the package.
        wanted: what the job asks for, by Ray's names: `CPU`, `GPU`, `memory`.
    """
    nodes = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    if any(all(node.get(k, 0) >= amount for k, amount in wanted.items()) for node in nodes):
        return None
    asked = in_words({name: amount for name, amount in wanted.items() if amount})
    there = "; ".join(in_words({name: node.get(name, 0) for name in wanted}) for node in nodes)
    return f"no machine of Ray's has {asked}, only {there}"


def in_words(amounts: dict[str, float]) -> str:
    """What a machine has, or is asked for."""
    units = {"memory": (GIGABYTE, "GiB of memory")}
    parts = [(amount, *units.get(name, (1, name))) for name, amount in amounts.items()]
    return ", ".join(f"{amount / size:.4g} {unit}" for amount, size, unit in parts)
