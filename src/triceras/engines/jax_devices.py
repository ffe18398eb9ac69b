"""Where arrays lie on JAX: a batch's rows apart on all devices, all else whole on each."""

import contextlib
from collections.abc import Iterator
from typing import Any

import jax
import keras
from jax.sharding import NamedSharding, PartitionSpec


def found() -> list[str]:
    """The devices that there are."""
    return keras.distribution.list_devices()


class RowsApart(keras.distribution.DataParallel):
    """Shares out the rows that Keras's `fit` trains with, and not those that it evaluates.

    The rows of a step are as many on each device, where those of an evaluation may be any number.
    """

    shares = True

    def get_data_layout(self, data_shape: Any) -> Any:
        # What callbacks let Keras predict need not be as many on each device either.
        even = bool(data_shape) and data_shape[0] % self.device_mesh.devices.size == 0
        shared = self.batch_dim_name if self.shares and even else None
        axes = [shared, *[None] * (len(data_shape) - 1)]
        return keras.distribution.TensorLayout(axes, self.device_mesh)


@contextlib.contextmanager
def whole_rows() -> Iterator[None]:
    """Has all rows of what is evaluated within on each device."""
    distribution: Any = keras.distribution.distribution()
    if distribution is None:
        yield
        return
    distribution.shares = False
    try:
        yield
    finally:
        distribution.shares = True


@contextlib.contextmanager
def spread(count: int) -> Iterator[None]:
    """Has what is built within spread over so many devices."""
    before = keras.distribution.distribution()
    devices = found()[:count]
    keras.distribution.set_distribution(RowsApart(devices=devices))
    try:
        yield
    finally:
        keras.distribution.set_distribution(before)


def mesh() -> Any:
    """The devices of a run, or `None` where it is one."""
    distribution = keras.distribution.distribution()
    return None if distribution is None else distribution.device_mesh.backend_mesh


def apart(rows: Any) -> Any:
    """A tree of arrays whose rows are shared out, where they can be in equal parts.

    XLA computes what depends on them where they are, and brings together what needs them all: a
    gradient, a mean, the moments of a batch. Numbers are those of one device but for the order of
    their sums.
    """
    devices = mesh()
    if devices is None:
        return rows

    def one(array: Any) -> Any:
        (axis,) = devices.axis_names
        shared = array.shape[0] % devices.size == 0
        return jax.lax.with_sharding_constraint(
            array, NamedSharding(devices, PartitionSpec(axis if shared else None))
        )

    return jax.tree.map(one, rows)


def everywhere(arrays: Any) -> Any:
    """A tree of arrays of which each device has a whole copy."""
    devices = mesh()
    if devices is None:
        return arrays
    return jax.lax.with_sharding_constraint(arrays, NamedSharding(devices, PartitionSpec()))


def settled(arrays: Any) -> Any:
    """A tree of arrays, on a processor once they are computed.

    The threads of one program's devices wait for each other there, and those of several programs
    at once would leave none to wait for.
    """
    devices = mesh()
    if devices is not None and devices.devices.flat[0].platform == "cpu":
        jax.block_until_ready(arrays)
    return arrays


def put(arrays: Any) -> Any:
    """A tree of arrays of the host, on each device."""
    devices = mesh()
    place = None if devices is None else NamedSharding(devices, PartitionSpec())
    return jax.device_put(arrays, place)
