"""`keras.ops.associative_scan` of rows whose number is known."""

import functools
from collections.abc import Callable
from typing import Any

import keras
from keras import ops
from keras.src import backend

# Arrays of a tree, in the order of its leaves.
Rows = list[Any]


def install() -> None:
    """Mends Keras's scan, for all models of this process. Calling it again changes nothing.

    By itself, TensorFlow's result has no rank that is known where the batch has no size, so that
    no model of it could be built, PyTorch's is float32 whatever was given, on the processor, and
    JAX goes back along no axis that is counted from the last.
    """
    core: Any = backend.core
    if hasattr(core.associative_scan, "__wrapped__"):
        return
    own = core.associative_scan
    core.associative_scan = functools.wraps(own)(functools.partial(associative_scan, own))


def associative_scan(
    own: Callable[..., Any], f: Any, elems: Any, reverse: bool = False, axis: int = 0
) -> Any:
    """`keras.ops.associative_scan`, in JAX's order of operations.

    Args:
        own: Keras's.
        f: an associative function of two trees like `elems`.
        elems: a tree of arrays with equally many rows.
        reverse: from the last row to the first.
        axis: along which the rows are.
    """
    rows = [ops.convert_to_tensor(each) for each in keras.tree.flatten(elems)]
    # Counted from the last one it would be another axis of an array of another rank.
    if -len(rows[0].shape) <= axis < 0:
        axis += len(rows[0].shape)
    known = {each.shape[axis] for each in rows if 0 <= axis < len(each.shape)}
    if keras.backend.backend() == "jax" and known and callable(f):
        return own(of_some(f, axis), elems, reverse=reverse, axis=axis)
    if not callable(f) or len(known) != 1 or None in known:
        return own(f, elems, reverse=reverse, axis=axis)

    def combine(first: Rows, second: Rows) -> Rows:
        trees = (keras.tree.pack_sequence_as(elems, each) for each in (first, second))
        return [ops.convert_to_tensor(each) for each in keras.tree.flatten(f(*trees))]

    def part(of: Rows, *numbers: int | None) -> Rows:
        return [sliced(each, slice(*numbers), axis) for each in of]

    def scan(of: Rows) -> Rows:
        count = of[0].shape[axis]
        if count < 2:
            return of
        odd = scan(combine(part(of, 0, -1, 2), part(of, 1, None, 2)))
        first = part(of, 0, 1)
        if count == 2:
            return joined(first, odd, axis)
        before = odd if count % 2 else part(odd, 0, -1)
        even = joined(first, combine(before, part(of, 2, None, 2)), axis)
        return [interleaved(*both, axis) for both in zip(even, odd, strict=True)]

    turned = [ops.flip(each, axis) for each in rows] if reverse else rows
    found = scan(turned)
    return keras.tree.pack_sequence_as(
        elems, [ops.flip(each, axis) for each in found] if reverse else found
    )


def of_some(f: Any, axis: int) -> Any:
    """`f` that is not asked about no rows, as JAX does: it would draw and assign there, too."""

    def combine(first: Any, second: Any) -> Any:
        return f(first, second) if keras.tree.flatten(first)[0].shape[axis] else first

    return combine


def sliced(x: Any, rows: slice, axis: int) -> Any:
    """Some rows of an array."""
    place = axis % len(x.shape)
    return x[(slice(None),) * place + (rows,)]


def joined(first: Rows, second: Rows, axis: int) -> Rows:
    """The rows of each array after those of another."""
    return [ops.concatenate(both, axis) for both in zip(first, second, strict=True)]


def interleaved(even: Any, odd: Any, axis: int) -> Any:
    """Rows in turn of two arrays, of which the first may have one more."""
    axis %= len(even.shape)
    count = odd.shape[axis]
    both = ops.stack([sliced(even, slice(0, count), axis), odd], axis + 1)
    shape = list(ops.shape(odd))
    shape[axis] = 2 * count
    found = ops.reshape(both, shape)
    if even.shape[axis] == count:
        return found
    return ops.concatenate([found, sliced(even, slice(count, None), axis)], axis)
