"""`data=python`: whatever a function of a user's returns."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from triceras.data.announced import held_to_its_word
from triceras.data.apart import check_apart, check_unchanged, sample
from triceras.data.bucketing import bucketed, check_buckets
from triceras.data.dataset import Dataset, Split
from triceras.data.dividing import Division, version
from triceras.data.examples import Examples, is_of_pandas
from triceras.data.named_arrays import by_name
from triceras.data.options import check_whole
from triceras.data.padding import padded
from triceras.data.part_checks import check_named, unmasked
from triceras.data.portable import is_too_long
from triceras.data.source_split import SourceSplit, check_workers, timed
from triceras.data.split_rows import A_TENTH, values_of
from triceras.data.user_function import found, takes_split, telling
from triceras.errors import UserError

SPLITS = ("train", "validation", "test")


def load(
    *,
    source: str,
    options: Mapping[str, Any] | None = None,
    names: Sequence[str] | None = None,
    inputs: Any = None,
    labels: Any = None,
    classes: int | None = None,
    image_shape: Sequence[int] | None = None,
    declares: Mapping[str, Any] | None = None,
    validation_size: float | None = None,
    test_size: float | None = None,
    split_seed: int = 0,
    stratify: str | None = None,
    group: str | None = None,
    chronological: str | None = None,
    folds: int | None = None,
    fold: int | None = None,
    limit: int | None = None,
    pad: Mapping[str, int | Sequence[int]] | None = None,
    workers: int = 0,
    memory_mb: float = 1024,
    kept: Mapping[str, Any] | None = None,
) -> Dataset:
    """Loads what a function returns.

    Args:
        source: dotted name of a function or class. It returns named arrays, a dictionary of
            columns, or whatever has `__len__` and `__getitem__` and gives examples; see
            `triceras.data.examples.Examples`. One with a parameter `split` is called with
            `"train"`, `"validation"` and `"test"`, and may return `None` for the last two; what
            another one returns is divided at random.
        options: further arguments of it.
        names: what the values of examples that are tuples are called; by default `x`, `y`,
            `sample_weight`.
        inputs: the part, or a tree of parts, that a model is given which does not say; by default
            the first one.
        labels: the part that is to be predicted; by default `label`, or the other one of two.
        classes: number of classes, where labels are classes.
        image_shape: height, width and channels, where inputs are images.
        declares: what else a model may be built with.
        validation_size: examples to hold out for validation, a number or a fraction; `None`: a
            tenth, or what the function says.
        test_size: the same for the test.
        split_seed: fixes which example goes where.
        stratify: a part, of which each value has the same share of every split.
        group: a part; examples of one value are in one split.
        chronological: see `triceras.data.split_parts`; of numbers.
        folds: see `triceras.data.dividing.Division`.
        fold: likewise.
        limit: at most this many training examples; `None` for all.
        pad: lengths to which parts are filled up, by name; `<part>_mask` says where they were. Of
            several lengths, buckets, a batch has the shortest that holds all its examples.
        workers: processes that make examples, where these are not arrays; 0 for none.
        memory_mb: examples that take more, in MiB, are made anew each time they are needed.
        kept: what the run has kept of its data.

    Returns:
        A `Dataset`.

    Raises:
        UserError: the function failed, or what it returns is no such thing.
    """
    check_workers(workers)
    lengths, buckets = check_buckets(pad)
    sizes = [A_TENTH if size is None else size for size in (validation_size, test_size)]
    marks = {"stratify": stratify, "group": group, "chronological": chronological}
    division = Division(0 if folds else sizes[0], sizes[1], split_seed, folds=folds, fold=fold)
    if limit is not None:
        check_whole("limit", limit, least=1, otherwise="null")
    function = found(source)
    arguments = dict(options or {})
    where = f"data.source={source}"
    if takes_split(function):
        held_out = {"validation_size": validation_size, "test_size": test_size}
        # A tenth is what runs of before have in their configuration, whatever their function.
        asked = {name: None if size == A_TENTH else size for name, size in held_out.items()}
        asked |= {**marks, "folds": folds, "fold": fold}
        check_divides(where, asked | {"split_seed": split_seed or None})
        splits, samples = {}, {}
        for split in SPLITS:
            value = telling(lambda split=split: function(split=split, **arguments), where)
            if value is None and split != "validation":
                raise UserError(f"{where} returns nothing for split='{split}'")
            if value is not None:
                # At once, as it may be the next one's when that has been asked for.
                made = split_of(value, names, f"{where} ({split})", workers, lengths)
                splits[split] = held(cut(made, split, limit), memory_mb)
                samples[split] = sample(splits[split])
        check_unchanged(where, splits, samples)
    else:
        value = telling(lambda: function(**arguments), where)
        value = named(value, names, where)
        times = chronological if version() >= 4 else None
        whole = split_of(value, names, where, workers, lengths, times)
        # As it came: in 32 bits, seconds since 1970 go by steps of two minutes.
        marked = (as_arrays(value) or timed(whole, chronological)) if version() >= 4 else whole
        splits = divided(whole, marked, where, division, marks)
        splits = {name: held(cut(one, name, limit), memory_mb) for name, one in splits.items()}
    check_named(inputs, labels, splits["train"].parts, where)
    check_apart(where, splits)
    sha256 = sample_sha256(splits)
    splits, keep = bucketed(splits, buckets, sha256, kept)
    data = Dataset(
        name=source.rpartition(".")[2],
        train=splits["train"],
        validation=splits.get("validation"),
        test=splits["test"],
        classes=classes,
        image_shape=tuple(image_shape) if image_shape else None,  # pyright: ignore
        sha256=sha256,
        inputs=inputs,
        labels=labels,
        declares={f"{name}_length": n for name, n in lengths.items()} | dict(declares or {}),
        kept=keep,
    )
    return held_to_its_word(data, where)


def check_divides(where: str, asked: Mapping[str, Any]) -> None:
    """Checks that nothing is asked of how rows are divided where a function says that itself.

    Raises:
        UserError: something is, which would have no effect.
    """
    for name, value in asked.items():
        if value is not None:
            raise UserError(
                f"data.{name}={value} has no effect: {where} has a parameter split, and divides "
                "its examples itself; leave it out, or hand it to the function with data.options"
            )


def split_of(
    value: Any,
    names: Sequence[str] | None,
    where: str,
    workers: int,
    pad: Mapping[str, int],
    times: str | None = None,
) -> Split:
    """What a function returned, as a split, but for times of more than 32 bits.

    Raises:
        UserError: it holds no examples.
    """
    value = named(value, names, where)
    arrays = as_arrays(value)
    if arrays is None:
        examples = Examples(value, names, where, pad, times)
        return SourceSplit(examples, np.arange(len(examples)), workers)
    if times in arrays and is_too_long(arrays[times]):
        arrays = {name: array for name, array in arrays.items() if name != times}
    split = Split(padded(arrays, pad, 1, where))
    if not len(split):
        raise UserError(f"{where} has no examples")
    return split


def named(value: Any, names: Sequence[str] | None, where: str) -> Any:
    """What a function returned, by name where it is a tuple of arrays."""
    arrays = isinstance(value, tuple) and all(hasattr(a, "shape") for a in value)
    return by_name(value, names, where) if arrays else value


def divided(
    whole: Split,
    marked: Mapping[str, Any] | Split,
    where: str,
    division: Division,
    marks: Mapping[str, str | None],
) -> dict[str, Split]:
    """A split, divided at random.

    Args:
        whole: all examples.
        marked: the parts by which they are divided.
        where: what they are, for messages.
        division: into how many.
        marks: by name, as `triceras.data.split_rows.MARKS` are, parts or `None`.

    Raises:
        UserError: one of these is no whole number or text for each example.
    """
    found = values_of(marks, marked, where, division.folds)
    rows = division.of(where, len(whole), *found)._asdict()
    return {name: whole.some(found) for name, found in rows.items() if len(found)}


def as_arrays(value: Any) -> dict[str, Any] | None:
    """Named arrays, where a function returned such, else `None`."""
    if is_of_pandas(value) and hasattr(value, "columns"):
        value = {name: value[name] for name in value.columns}
    if isinstance(value, Mapping) and all(
        isinstance(a, np.ndarray) or is_of_pandas(a) for a in value.values()
    ):
        return {str(n): np.asarray(unmasked(str(n), array)) for n, array in value.items()}
    return None


def cut(split: Split, name: str, limit: int | None) -> Split:
    """A split with at most so many examples to train on."""
    return split.first(limit) if limit and name == "train" else split


def held(split: Split, memory_mb: float) -> Split:
    """A split in memory, where it is not too large for that."""
    if isinstance(split, SourceSplit) and split.nbytes(split.parts) <= memory_mb * 2**20:
        return split.whole()
    return split


def sample_sha256(splits: Mapping[str, Split]) -> str:
    """SHA-256 of the number of examples, and of all arrays in memory or else a few examples."""
    digest = hashlib.sha256()
    for name in SPLITS:
        if name not in splits:
            continue
        split = splits[name]
        digest.update(f"{name} {len(split)} {list(split.parts)}".encode())
        some = slice(None) if split.in_memory(split.parts) else np.array([0, len(split) - 1])
        for array in split.take(some).values():
            digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
