"""The devices of one process that share the steps of a run on TensorFlow."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import tensorflow as tf

from triceras.engines.agreement import NUDGES, agree, moved
from triceras.engines.errors import CannotCompileError, telling_tracing_errors
from triceras.engines.tensorflow_spread import spread as spread_step
from triceras.errors import UserError

PROCESSOR = "cpu"
Step = Callable[[Any, Any], Any]

# Of the runs that are going on, one within another, the last.
sharing: list[Sequence[str]] = [()]


def found() -> list[str]:
    """The GPUs that there are, or else the processor, which can be as many devices as one likes."""
    gpus = tf.config.list_physical_devices("GPU")
    return [f"gpu:{place}" for place in range(len(gpus))] or [PROCESSOR]


def devices() -> Sequence[str]:
    """Those that share the steps of this run, or none."""
    return sharing[-1]


@contextlib.contextmanager
def spread(count: int) -> Iterator[None]:
    """Has training steps within shared by so many devices.

    Raises:
        UserError: TensorFlow cannot be told any longer that a processor is to look like several.
    """
    names = found()[:count]
    if names == [PROCESSOR]:
        names = [f"{PROCESSOR}:{place}" for place in range(count)]
        there = len(tf.config.list_logical_devices("CPU"))
        if there < count:
            raise UserError(
                f"devices={count}: TensorFlow computes with {there} in this process already: "
                "start a new one"
            )
    sharing.append(names)
    try:
        yield
    finally:
        sharing.pop()


def divide_processor(count: int) -> None:
    """Makes the processor look like several devices, if TensorFlow has not computed anything."""
    if found() == [PROCESSOR]:
        (processor,) = tf.config.list_physical_devices("CPU")
        with contextlib.suppress(RuntimeError):
            tf.config.set_logical_device_configuration(
                processor, [tf.config.LogicalDeviceConfiguration()] * count
            )


@contextlib.contextmanager
def needing_compilation(errors: Any) -> Iterator[None]:
    """Says that a step that cannot be compiled cannot be shared.

    Args:
        errors: that TensorFlow raises where it cannot be.

    Raises:
        UserError: it cannot be.
    """
    try:
        with telling_tracing_errors(errors):
            yield
    except CannotCompileError as error:
        raise UserError(
            f"devices={len(devices())} needs a step that can be compiled: {error}"
        ) from error


def share_out(step: Step, parts: Any, key: Any) -> Step:
    """A step of which each device of the run computes its share.

    Args:
        step: of the parts of a batch and its key, which may change variables.
        parts: an example, to find out with whether numbers are those of one device.
        key: of the example.

    Raises:
        UserError: they are not.
    """
    names = devices()
    alone = tf.function(step, autograph=False).get_concrete_function(parts, key)

    def together(parts: Any, key: Any) -> Any:
        return spread_step(alone, parts, key, names)

    variables: Any = alone.graph.variables
    before = [variable.numpy() for variable in variables]
    program = tf.function(together, autograph=False)
    results = []
    for function, nudge in ((alone, 0.0), (program, 0.0), *((alone, nudge) for nudge in NUDGES)):
        for variable, value in zip(variables, before, strict=True):
            variable.assign(moved(value, nudge))
        logs = tf.nest.flatten(function(parts, key))
        results.append([one.numpy() for one in [*logs, *variables]])
    for variable, value in zip(variables, before, strict=True):
        variable.assign(value)
    if not all(map(agree, *results)):
        raise UserError(
            f"a step on {len(names)} devices gave other numbers than on one: use devices=1"
        )
    return together
