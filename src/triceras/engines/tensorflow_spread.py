"""A traced training step, of which each of several devices computes its share.

As XLA does on JAX, it takes the step of one device apart, operation by operation: what belongs to a
row of the batch is computed where the row is, what is summed over rows is added up over all
devices, and what no rule is known for is computed once, on whole tensors: functions, loops and
branches within the step, and whatever has a state. So the numbers are those of one device, whatever
a model does with its batch: random numbers are those of the whole batch, as are moments and losses.
"""

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from triceras.engines.placement import NotKnownError, Placed, shares
from triceras.engines.tensorflow_placement import Devices, again, shape_of
from triceras.engines.tensorflow_placement_rules import REPEATS, RULES


def spread(step: Any, parts: Any, key: Any, names: Sequence[str]) -> Any:
    """Takes a step on several devices; to be traced.

    Args:
        step: a concrete function of the parts of a batch and its key.
        parts: of the batch, each whole.
        key: of the batch.
        names: of the devices.

    Returns:
        What the step returns.
    """
    graph: Any = step.graph
    rows = tf.nest.flatten(parts)
    given = [*rows, key]
    devices = Devices(names, rows[0].shape[0])
    values: dict[str, Placed] = {}
    for place, (inside, tensor) in enumerate(
        zip(graph.inputs, [*given, *step.captured_inputs], strict=True)
    ):
        values[inside.name] = placed(tensor)
        if place < len(rows) and devices.rows % devices.count == 0:
            values[inside.name] = devices.shared(values[inside.name], 0)
    for function in graph._functions.values():
        tf.compat.v1.get_default_graph()._add_function(function)  # pyright: ignore
    for operation in in_order(graph.get_operations()):
        if operation.type != "Placeholder":
            arguments = [values[tensor.name] for tensor in operation.inputs]
            results = computed(devices, operation, arguments)
            values |= {
                output.name: one for output, one in zip(operation.outputs, results, strict=True)
            }

    def returned(tensor: Any) -> Any:
        if not isinstance(tensor, tf.Tensor):
            return tensor
        return devices.brought(values[tensor.name]).local

    return tf.nest.map_structure(returned, graph.structured_outputs)


def in_order(operations: Sequence[tf.Operation]) -> list[tf.Operation]:
    """Operations as they were made, but each after those that it takes from.

    A loop is given more to keep where its gradient is made, which comes after it.
    """
    ordered: dict[str, tf.Operation] = {}
    waiting = list(reversed(operations))
    while waiting:
        operation = waiting[-1]
        before = [one.op for one in operation.inputs if one.op.name not in ordered]
        if before and operation.name not in ordered:
            waiting += reversed(before)
        else:
            ordered.setdefault(operation.name, operation)
            waiting.pop()
    return list(ordered.values())


def computed(
    devices: Devices, operation: tf.Operation, arguments: Sequence[Placed]
) -> Sequence[Placed]:
    """What an operation gives, wherever its arguments lie."""
    rule = RULES.get(operation.type)
    makes_rows = operation.type in REPEATS
    if rule is not None and (makes_rows or not all(one.whole for one in arguments)):
        try:
            return checked(rule(devices, operation, arguments), operation, devices.count)
        except NotKnownError:
            pass
    whole = again(operation, [devices.brought(one).local for one in arguments])
    for tensor, before in zip(whole, operation.outputs, strict=True):
        tensor.set_shape(before.shape)
    return [placed(tensor) for tensor in whole]


def placed(tensor: tf.Tensor) -> Placed:
    """A tensor that is whole; of one whose shape is not known, nothing is ever shared."""
    sizes: Any = tensor.shape.as_list() if tensor.shape.is_fully_defined() else ()
    return Placed(tensor, tuple(sizes))


def checked(found: Any, operation: tf.Operation, count: int) -> Sequence[Placed]:
    """What a rule gave, if it is of the right shape and type.

    Raises:
        NotKnownError: it is not.
    """
    results = [found] if isinstance(found, Placed) else found
    for one, output in zip(results, operation.outputs, strict=True):
        shape = list(shape_of(output))
        sizes = shape if one.dim is None else shares(shape, one.dim, count)
        for local in [one.local] if one.whole else one.local:
            known = local.shape.is_fully_defined()
            if not known or local.shape.as_list() != sizes or local.dtype != output.dtype:
                raise NotKnownError
    return results
