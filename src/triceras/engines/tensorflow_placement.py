"""Moves the tensors of a spread step between the devices of one process; see `placement`."""

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from triceras.engines.placement import WHOLE, NotKnownError, Placed, shares

# What an operation has for the graph that it was made in alone.
OF_THE_GRAPH = ("_class", "_output_shapes")


class Devices:
    """Moves tensors, and does with each device's own what an operation did with the whole.

    A whole tensor is computed once, and goes where it is needed.

    Args:
        names: of the devices.
        rows: how many a batch has.
    """

    def __init__(self, names: Sequence[str], rows: int):
        self.names = names
        self.count = len(names)
        self.rows = rows

    def shared(self, placed: Placed, dim: int) -> Placed:
        """The tensor, of which each device has a share of a dimension.

        Raises:
            NotKnownError: it has no equal shares.
        """
        if placed.dim == dim:
            return placed
        shares(placed.shape, dim, self.count)
        return Placed(tf.split(self.brought(placed).local, self.count, dim), placed.shape, dim)

    def brought(self, placed: Placed) -> Placed:
        """The tensor as one."""
        if placed.whole:
            return placed
        if placed.gathered is None:
            together = tf.add_n if placed.partial else lambda parts: tf.concat(parts, placed.dim)
            placed.gathered = Placed(together(placed.local), placed.shape)
        return placed.gathered

    def summed(self, placed: Placed) -> Placed:
        """The tensor, which is no sum any longer."""
        return self.brought(placed) if placed.partial else placed

    def check_rows(self, shape: Sequence[int]) -> None:
        """Checks that what is of a shape may have the rows of a batch.

        Raises:
            NotKnownError: it has not.
        """
        if shape[:1] != (self.rows,):
            raise NotKnownError

    def each(self, operation: tf.Operation, *inputs: Any) -> list[list[tf.Tensor]]:
        """What an operation gives on each device: for each of its results, one tensor a device.

        Args:
            operation: done before.
            inputs: in the place of its own: tensors that are placed, or what all are given.
        """
        results = []
        for place, name in enumerate(self.names):
            with tf.device(name):
                given = [
                    own(one, place, tensor.dtype)
                    for one, tensor in zip(inputs, operation.inputs, strict=True)
                ]
                results.append(again(operation, given))
        return [list(of_devices) for of_devices in zip(*results, strict=True)]


def own(one: Any, place: int, dtype: Any) -> tf.Tensor:
    """What a device has of an argument."""
    if not isinstance(one, Placed):
        return tf.constant(one, dtype)
    return one.local if one.whole else one.local[place]


def again(operation: tf.Operation, inputs: Sequence[tf.Tensor]) -> Sequence[tf.Tensor]:
    """Does an operation of another graph in this one.

    Raises:
        NotKnownError: it cannot be done with such arguments.
    """
    graph: Any = tf.compat.v1.get_default_graph()
    attributes = operation.node_def.attr
    try:
        made = graph.create_op(
            operation.type,
            list(inputs),
            [output.dtype for output in operation.outputs],
            attrs={name: attributes[name] for name in attributes if name not in OF_THE_GRAPH},
            name=operation.name.rpartition("/")[2].strip("_") or None,
        )
    except (ValueError, TypeError) as error:
        raise NotKnownError from error
    return made.outputs or ()


def constant(tensor: tf.Tensor) -> Any:
    """The value of an argument that is known before a step, as a list or a number.

    Raises:
        NotKnownError: it is not.
    """
    value = tf.get_static_value(tensor)
    if value is None:
        raise NotKnownError
    return value.tolist()


def shape_of(tensor: tf.Tensor) -> tuple[int, ...]:
    """The shape of a tensor.

    Raises:
        NotKnownError: it is not known before a step.
    """
    sizes: Any = tensor.shape.as_list() if tensor.shape.is_fully_defined() else None
    if sizes is None:
        raise NotKnownError
    return tuple(sizes)


def result(operation: tf.Operation, local: Any, dim: Any = WHOLE, partial: bool = False) -> Placed:
    """The first result of an operation, as it lies."""
    return Placed(local, shape_of(operation.outputs[0]), dim, partial)
