"""`data=stream`: generators, pipelines and loaders, whose examples have no numbers."""

import functools
import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from triceras.data.announced import held_to_its_word
from triceras.data.dataset import Dataset, Split
from triceras.data.examples import rows_in
from triceras.data.named_arrays import named_arrays
from triceras.data.options import check_whole
from triceras.data.padding import check_pad, padded
from triceras.data.part_checks import check_named
from triceras.data.stream_reader import Rows, StreamReader
from triceras.data.stream_split import StreamSplit
from triceras.data.user_function import found
from triceras.errors import UserError


def load(
    *,
    source: str,
    steps_per_epoch: int,
    batch_size: int,
    options: Mapping[str, Any] | None = None,
    names: Sequence[str] | None = None,
    batched: bool = True,
    validation_source: str | None = None,
    test_source: str | None = None,
    validation_size: int = 0,
    test_size: int = 0,
    inputs: Any = None,
    labels: Any = None,
    classes: int | None = None,
    image_shape: Sequence[int] | None = None,
    declares: Mapping[str, Any] | None = None,
    pad: Mapping[str, int] | None = None,
) -> Dataset:
    """Loads a stream.

    Args:
        source: dotted name of a function that returns whatever can be iterated over: a generator,
            a `tf.data.Dataset`, a `DataLoader` or `IterableDataset` of torch, a loader of
            torchdata, a pipeline of Grain. It is called again when a stream has ended.
        steps_per_epoch: steps after which an epoch is over.
        batch_size: examples in a step, however many the stream gives at a time.
        options: further arguments of the functions.
        names: what the values of tuples are called; by default `x`, `y`, `sample_weight`.
        batched: whether what the stream gives has a row for each of several examples.
        validation_source: the same of a stream that ends, for validation.
        test_source: the same for the test.
        validation_size: where there is no such, so many of the first examples are for validation.
        test_size: the same for the test.
        inputs: the part, or a tree of parts, that a model is given which does not say; by default
            the first one.
        labels: the part that is to be predicted; by default `label`, or the other one of two.
        classes: number of classes, where labels are classes.
        image_shape: height, width and channels, where inputs are images.
        declares: what else a model may be built with.
        pad: lengths to which parts are filled up, by name; `<part>_mask` says where they were.

    Returns:
        A `Dataset`, whose order is the stream's own.

    Raises:
        UserError: a function failed, or what it returns is no such thing.
    """
    for name, value in {"steps_per_epoch": steps_per_epoch, "batch_size": batch_size}.items():
        check_whole(name, value, least=1)
    sizes = {"validation_size": validation_size, "test_size": test_size}
    for name, value in sizes.items():
        check_whole(name, value, least=0)
    if test_source is None and not test_size:
        raise UserError(
            "data=stream has nothing to test with: give data.test_source=<module.function>, a "
            "stream that ends, or data.test_size=<int>, so many of its first examples"
        )
    if any(isinstance(length, list) for length in (pad or {}).values()):
        raise UserError(
            f"data.pad={pad}: a stream comes in an order of its own, in which batches are of one "
            "length: give one of each part, or use data=python, which has buckets"
        )
    lengths = check_pad(pad)
    where = f"data.source={source}"
    function = function_of(source, options)
    rows = functools.partial(rows_of, names=names, batched=batched, where=where, pad=lengths)
    held_out = (0 if test_source else test_size) + (0 if validation_source else validation_size)
    head, parts = None, {}
    if held_out:
        reader = StreamReader(function, rows, None, where)
        head = reader.read(held_out)
        if reader.number_of_pass:
            raise UserError(
                f"{where} ended before data.test_size and data.validation_size together, "
                f"{held_out} examples, were read: hold out fewer"
            )
        of_test = 0 if test_source else test_size
        parts["test"] = {name: array[:of_test] for name, array in head.items()}
        parts["validation"] = {name: array[of_test:] for name, array in head.items()}
        if reader.counts:
            check_next_pass(StreamReader(function, rows, head, where))
    for split, other in {"validation": validation_source, "test": test_source}.items():
        if other:
            parts[split] = all_of(other, options, names, batched, lengths)
    train = StreamSplit(StreamReader(function, rows, head, where), batch_size, steps_per_epoch)
    check_named(inputs, labels, train.parts, where)
    splits = {name: Split(arrays) for name, arrays in parts.items() if rows_in(arrays)}
    data = Dataset(
        name=source.rpartition(".")[2],
        train=train,
        validation=splits.get("validation"),
        test=splits["test"],
        classes=classes,
        image_shape=tuple(image_shape) if image_shape else None,  # pyright: ignore
        sha256=sha256_of([train.sample, *parts.values()]),
        inputs=inputs,
        labels=labels,
        declares=dict(declares or {}),
    )
    return held_to_its_word(data, where)


def check_next_pass(reader: StreamReader) -> None:
    """Checks that a pass that is told its number begins with the same examples.

    Raises:
        UserError: it does not, which would otherwise be seen at the end of the first one.
    """
    reader.begin(1)
    while reader.left_out:
        reader.fetch()
    reader.close()


def function_of(source: str, options: Mapping[str, Any] | None) -> Callable[..., Any]:
    """The function of a dotted name, with its arguments."""
    function = found(source)
    return functools.partial(function, **dict(options or {})) if options else function


def all_of(
    source: str,
    options: Mapping[str, Any] | None,
    names: Sequence[str] | None,
    batched: bool,
    pad: Mapping[str, int],
) -> Rows:
    """All rows of a stream that ends."""
    where = f"the stream {source}"
    reader = StreamReader(function_of(source, options), lambda item: item, None, where)

    def copied(item: Any) -> Rows:
        # What the stream gives next may be the same memory, filled anew.
        rows = rows_of(item, names, batched, where, pad)
        return {name: array.copy() for name, array in rows.items()}

    items = reader.told(lambda: [copied(item) for item in reader.stream])
    if not items:
        raise UserError(f"{where} has no examples")
    return reader.joined(items)


def rows_of(
    item: Any,
    names: Sequence[str] | None,
    batched: bool,
    where: str,
    pad: Mapping[str, int],
) -> Rows:
    """What a stream gave, as named arrays with a row for each example.

    Raises:
        UserError: it has no rows.
    """
    arrays = named_arrays(item, names, where)
    if not batched:
        arrays = padded(arrays, pad, 0, where)
        return {name: array[np.newaxis] for name, array in arrays.items()}
    lengths = {name: array.shape[0] if array.ndim else None for name, array in arrays.items()}
    if None in lengths.values() or len(set(lengths.values())) > 1:
        told = ", ".join(f"{name} of shape {array.shape}" for name, array in arrays.items())
        raise UserError(
            f"{where} gives {told}, which do not have a row each for the same examples: use "
            "data.batched=false for a stream that gives one example at a time"
        )
    return padded(arrays, pad, 1, where)


def sha256_of(parts: Sequence[Rows]) -> str:
    """SHA-256 of arrays."""
    digest = hashlib.sha256()
    for rows in parts:
        for name, array in rows.items():
            digest.update(name.encode())
            digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
