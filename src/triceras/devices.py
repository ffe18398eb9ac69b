"""One run on several devices: each computes its share of every batch, and all have all weights."""

import contextlib
import importlib
import os
from collections.abc import Iterator
from typing import Any

from omegaconf import DictConfig

from triceras.errors import UserError

AUTO = "auto"
# The name of one that can be taken for as many as one likes.
PROCESSOR = "cpu"
KINDS = ("data_parallel", "none")
CUSTOM, FIT = "triceras.loops.custom.CustomLoop", "triceras.loops.fit.FitLoop"
LOOPS = {"jax": (CUSTOM, FIT), "tensorflow": (CUSTOM,), "torch": (CUSTOM,)}
FLAGS = "XLA_FLAGS"
VIRTUAL = "--xla_force_host_platform_device_count"
# On a busy machine one device may have to wait long for another one's thread.
PATIENCE = (
    "--xla_cpu_collective_call_terminate_timeout_seconds=600",
    "--xla_cpu_collective_timeout_seconds=600",
)


def check(config: DictConfig) -> None:
    """Checks what a run says of devices, and that no other process trains the same run.

    Raises:
        UserError: it is not possible.
    """
    processes = os.environ.get("WORLD_SIZE", "1")
    if processes.isdigit() and int(processes) > 1:
        raise UserError(
            f"WORLD_SIZE={processes}: several processes were started, by torchrun perhaps, and "
            "each would train the same run: start one; devices=<int> spreads a run over devices"
        )
    devices, kind = wanted(config)
    if kind not in KINDS:
        raise UserError(f"distribution={kind} is unknown: use one of {', '.join(KINDS)}")
    whole = isinstance(devices, int) and not isinstance(devices, bool) and devices >= 1
    if not whole and devices != AUTO:
        raise UserError(f"devices={devices} is unknown: use a whole number of at least 1, or auto")
    if devices == 1:
        return
    if kind == "none":
        raise UserError(
            f"devices={devices} with distribution=none: use devices=1, or "
            "distribution=data_parallel, in which each takes its share of a batch"
        )
    where = f"devices={devices}"
    backend = config.backend.name
    if config.loop.get("_target_") not in LOOPS[backend]:
        raise UserError(
            f"{where} needs loop=custom on {backend}: with loop={config.loop.name} a run there "
            "takes one device"
        )
    if backend != "jax" and not config.compile:
        raise UserError(
            f"{where} needs compile=true on {backend}, where it is the traced step that is shared "
            "out"
        )
    if backend != "jax" and config.random != "portable":
        raise UserError(
            f"{where} needs random=portable on {backend}, where native random numbers would be "
            "others than on one device"
        )
    if devices != AUTO:
        check_shares(config, devices)


def check_shares(config: DictConfig, count: int) -> None:
    """Checks that a batch can be shared out.

    Raises:
        UserError: it is not divisible by the number of devices.
    """
    if config.batch_size % count:
        raise UserError(
            f"batch_size={config.batch_size} cannot be shared out among {count} devices: use "
            f"batch_size={config.batch_size // count * count or count}"
        )


def refuse(config: DictConfig, command: str) -> None:
    """Refuses several devices where a command takes one.

    Raises:
        UserError: several were asked for.
    """
    devices, _ = wanted(config)
    if devices != 1:
        raise UserError(f"devices={devices} has no effect in {command}, which takes one: leave it")


def wanted(config: DictConfig) -> tuple[Any, Any]:
    """How many devices, and how they share; a run of an older version says nothing of them."""
    return config.get("devices", 1), config.get("distribution", KINDS[0])


def prepare(config: DictConfig) -> None:
    """Has JAX make a processor look like several devices; to be called before it is imported.

    Where there are GPUs, those are taken.
    """
    if config.backend.name != "jax":
        return
    devices, _ = wanted(config)
    flags = os.environ.get(FLAGS, "")
    if devices not in (1, AUTO) and VIRTUAL not in flags:
        os.environ[FLAGS] = " ".join([flags, f"{VIRTUAL}={devices}", *PATIENCE]).strip()


def divide(config: DictConfig) -> None:
    """Has TensorFlow make a processor look like several devices; before it computes anything.

    Where there are GPUs, those are taken.
    """
    devices, _ = wanted(config)
    if config.backend.name == "tensorflow" and devices not in (1, AUTO):
        importlib.import_module("triceras.engines.tensorflow_devices").divide_processor(devices)


@contextlib.contextmanager
def spread(config: DictConfig) -> Iterator[int]:
    """Has what is built within spread over devices.

    Args:
        config: see `check`.

    Yields:
        The number of devices.

    Raises:
        UserError: there are fewer, or a batch cannot be shared out among so many.
    """
    devices, _ = wanted(config)
    if devices == 1:
        yield 1
        return
    framework = config.backend.name
    engines = importlib.import_module(f"triceras.engines.{framework}_devices")
    found = engines.found()
    count = len(found) if devices == AUTO else devices
    if count > len(found) and found != [PROCESSOR]:
        raise UserError(
            f"devices={count}: there are {len(found)} here ({', '.join(found)}): use devices=auto"
        )
    check_shares(config, count)
    with engines.spread(count) if count > 1 else contextlib.nullcontext():
        yield count
