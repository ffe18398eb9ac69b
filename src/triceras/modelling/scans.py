"""What each round of `keras.ops.scan` gives beside what it hands on."""

import functools
from typing import Any, cast

import keras
from keras import ops
from keras.src import backend

from triceras.modelling.carried_variables import WithinScope, first_of


def install() -> None:
    """Mends Keras's scan, for all models of this process. Calling it again changes nothing.

    On TensorFlow a round had to give tensors like those that it hands on, of their shapes and
    types, and whatever tree it gave came back as theirs. What gives nothing gives `None`, as on
    JAX.
    """
    core: Any = backend.core
    mended = {"tensorflow": scan, "torch": scan_for_none}.get(keras.backend.backend())
    if mended and not hasattr(core.scan, "__wrapped__"):
        core.scan = functools.wraps(core.scan)(functools.partial(mended, core.scan))


def scan_for_none(own: Any, f: Any, *arguments: Any, **options: Any) -> Any:
    """`keras.ops.scan` on PyTorch, which gives zeros where a round gives nothing."""
    nothing = []

    def noting(*given: Any) -> Any:
        carry, ys = f(*given)
        nothing.append(ys is None)
        return carry, ys

    carry, ys = own(noting if callable(f) else f, *arguments, **options)
    return carry, None if nothing and all(nothing) else ys


def scan(
    own: Any,
    f: Any,
    init: Any,
    xs: Any = None,
    length: int | None = None,
    reverse: bool = False,
    unroll: int | bool = 1,
) -> Any:
    """`keras.ops.scan` on TensorFlow, which looks at a first round for what each gives."""
    if not callable(f) or (xs is None and length is None):
        return own(f, init, xs, length, reverse, unroll)  # it says what is wrong
    core: Any = backend.core
    tf, step = core.tf, cast(Any, f)
    init, flat = keras.tree.map_structure(ops.convert_to_tensor, init), keras.tree.flatten
    rows = [] if xs is None else [ops.convert_to_tensor(x) for x in flat(xs)]
    count = int(length) if length is not None else ops.shape(rows[0])[0]

    def row(values: Any) -> Any:
        return None if xs is None else keras.tree.pack_sequence_as(xs, values)

    with WithinScope():
        carried, given = step(init, row([first_of(x) for x in rows]))
    begun = [] if given is None else flat(given)

    def array(dtype: Any, shape: Any) -> Any:
        return tf.TensorArray(dtype, count, element_shape=shape)

    read = [array(x.dtype, x.shape[1:]).unstack(x) for x in rows]

    def next_round(i: Any, carry: Any, written: Any) -> Any:
        found = step(keras.tree.pack_sequence_as(init, carry), row([each.read(i) for each in read]))
        carry, ys = map(flat, found)
        pairs = zip(written, ys, strict=True) if begun else ()
        return i + (-1 if reverse else 1), carry, [each.write(i, y) for each, y in pairs]

    both = zip(flat(init), flat(carried), strict=True)
    shapes = [common(tf, a.shape, b.shape) for a, b in both]
    _, carry, written = tf.while_loop(
        (lambda i, *_: i >= 0) if reverse else (lambda i, *_: i < count),
        next_round,
        (count - 1 if reverse else 0, flat(init), [array(y.dtype, y.shape) for y in begun]),
        shape_invariants=(tf.TensorShape([]), shapes, [tf.TensorShape(None) for _ in begun]),
        parallel_iterations=1,
        maximum_iterations=count,
    )
    ys = [each.stack() for each in written]
    return (
        keras.tree.pack_sequence_as(init, carry),
        None if given is None else keras.tree.pack_sequence_as(given, ys),
    )


def common(tf: Any, one: Any, other: Any) -> Any:
    """The shape that both of two shapes have, with axes of any size where they differ."""
    if one.rank is None or one.rank != other.rank:
        return tf.TensorShape(None)
    pairs = zip(one.as_list(), other.as_list(), strict=True)
    return tf.TensorShape([a if a == b else None for a, b in pairs])
