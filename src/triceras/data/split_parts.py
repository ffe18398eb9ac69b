"""Makes a `Dataset` of named arrays: splits, texts as numbers, features on one scale."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from triceras.data import categories
from triceras.data.announced import held_to_its_word
from triceras.data.dataset import Dataset, Split, Structure
from triceras.data.later_rows import tell_of_earlier_rows
from triceras.data.normalization import Normalization
from triceras.data.npy import portable_rows
from triceras.data.options import check_whole
from triceras.data.part_checks import (
    Parts,
    check_alike,
    check_named,
    check_options,
    checked,
    classes_of,
    named_part,
    picture_shape,
)
from triceras.data.parts import inputs_of, label_of
from triceras.data.portable import is_too_long
from triceras.data.source import array_sha256
from triceras.data.split_rows import check_dates, first_rows, split_rows
from triceras.data.tree import leaves
from triceras.errors import UserError


def split_parts(
    name: str,
    parts: Parts,
    *,
    validation: Parts | None = None,
    test: Parts | None = None,
    validation_size: float | None = None,
    test_size: float | None = None,
    split_seed: int = 0,
    stratify: str | None = None,
    group: str | None = None,
    chronological: str | None = None,
    folds: int | None = None,
    fold: int | None = None,
    limit: int | None = None,
    normalize: bool | Sequence[str] = False,
    inputs: Structure | None = None,
    labels: Structure | None = None,
    classes: int | None = None,
    image_shape: Sequence[int] | None = None,
    declares: Mapping[str, Any] | None = None,
    sha256: str | None = None,
    kept: Mapping[str, Any] | None = None,
) -> Dataset:
    """Splits named arrays for training, validation and test.

    Args:
        name: name of the data set, for messages and records.
        parts: arrays by name, `(rows, ...)`, of numbers or of texts, which become whole numbers.
        validation: the same for validation, where these rows are known.
        test: the same for the test.
        validation_size: rows to hold out for validation, or their share; 0 for none, `None` for a
            tenth, or for `validation` where it is given.
        test_size: the same for the test, of which there must be one.
        split_seed: fixes which row goes where.
        stratify: a part, of which each value has the same share of every split.
        group: a part; rows of one value are in one split.
        chronological: a part; the test has the latest of its values, validation those before,
            about as many rows as is wished, as rows of one value are in one split. Dates are texts
            such as `2026-11-30`, which no model is given.
        folds: see `triceras.data.dividing.Division`.
        fold: likewise.
        limit: at most this many training rows; `None` for all.
        normalize: parts that get mean 0 and standard deviation 1 for each feature, a place in the
            last axis, over the training rows; `True` for all inputs but texts.
        inputs: see `Dataset`.
        labels: see `Dataset`.
        classes: number of classes; by default 1 more than the largest label, where labels are
            whole numbers from 0 on.
        image_shape: height, width and channels; by default those of the only input, where it has
            the shape of pictures.
        declares: see `Dataset`.
        sha256: of the file; by default of the arrays.
        kept: what an earlier run kept of its data (`Dataset.kept`): its texts and its scale are
            used again.

    Returns:
        A `Dataset` in which no row is in two splits.

    Raises:
        UserError: the arrays do not go together, or an option is not an allowed one.
    """
    where = f"the data {name}"
    marks = {"stratify": stratify, "group": group, "chronological": chronological}
    check_options(marks, normalize, declares)
    if limit is not None:
        check_whole("limit", limit, least=1, otherwise="null")
    whole = {"train": parts, "validation": validation, "test": test}
    given = {split: checked(f"{where}, {split}", one) for split, one in whole.items() if one}
    check_alike(where, given)
    sha256 = sha256 or array_sha256(*(a[:] for one in given.values() for a in one.values()))
    given, vocabularies = without_texts(where, given, (kept or {}).get("vocabularies"))
    dates = vocabularies.pop(chronological, None) if chronological else None
    if chronological and dates is not None:
        check_dates(chronological, dates)
    held_out = {"validation_size": validation_size, "test_size": test_size}
    splits, numbers = split_rows(name, given, held_out, (split_seed, folds, fold), **marks)
    if chronological and len(given) > 1:
        order = {split: splits[split] for split in whole if split in splits}
        tell_of_earlier_rows(chronological, order, dates)
    splits["train"] = {key: first_rows(array, limit) for key, array in splits["train"].items()}
    # Of the names alone: numbers are cut to 32 bits once they are normalized.
    names = Split({part: np.zeros(1) for part in splits["train"]})
    found = Dataset(name, train=names, validation=None, test=names, inputs=inputs, labels=labels)
    check_named(inputs, labels, splits["train"], name)
    label = label_of(found)
    eaten = list(leaves(inputs_of(found)))
    used = chronological in (*eaten, label)
    if dates is not None and used:
        raise UserError(
            f"data.chronological={chronological}: a model is given numbers, and {where} has "
            "dates there: name another part by data.inputs, or give a column of numbers"
        )
    # The place of a day among those of a file is another one in each, and milliseconds since 1970
    # are more than any backend takes.
    times = [rows[chronological] for rows in splits.values()] if chronological else []
    used = used or (normalize is not True and chronological in (normalize or ()))
    if chronological and (dates is not None or (not used and any(map(is_too_long, times)))):
        for rows in splits.values():
            del rows[chronological]
    known = (kept or {}).get("normalization")
    scales = scales_of(
        normalize, name, splits["train"], eaten, vocabularies, known, numbers["train"]
    )
    for part, scale in scales.items():
        for rows in splits.values():
            scale.check(part, tuple(rows[part].shape[1:]))
            rows[part] = scale.apply(rows[part])
    splits = {
        split: {part: portable_rows(part, array) for part, array in rows.items()}
        for split, rows in splits.items()
    }
    if label in vocabularies and classes is None:
        classes = len(vocabularies[label])
    data = Dataset(
        name=name,
        train=Split(splits["train"], numbers["train"][:limit]),
        validation=Split(splits["validation"], numbers.get("validation"))
        if "validation" in splits
        else None,
        test=Split(splits["test"], numbers.get("test")),
        classes=classes_of(where, classes, label, splits),
        image_shape=picture_shape(image_shape, eaten, splits["train"]),
        sha256=sha256,
        inputs=inputs,
        labels=labels,
        declares={**categories.declared(vocabularies, label), **(declares or {})},
        kept=kept_of(vocabularies, scales),
    )
    return held_to_its_word(data, where)


def without_texts(
    where: str, given: Mapping[str, dict[str, Any]], known: Mapping[str, Any] | None
) -> tuple[dict[str, dict[str, Any]], dict[str, list[str]]]:
    """The splits with whole numbers in the place of texts, and the texts by part."""
    given = {split: as_known(parts, known or {}) for split, parts in given.items()}
    texts = [name for name, array in given["train"].items() if categories.is_text(array)]
    vocabularies = {}
    for name in texts:
        everywhere = [parts[name] for parts in given.values()]
        if known and known.get(name):
            vocabularies[name] = list(known[name])
        else:
            vocabularies[name] = categories.vocabulary_of(everywhere)
            categories.check_words(name, vocabularies[name], where)
    return {
        split: {
            name: categories.numbers_of(name, array, vocabularies[name], where)
            if name in vocabularies
            else array
            for name, array in parts.items()
        }
        for split, parts in given.items()
    }, vocabularies


def as_known(parts: dict[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """Parts as texts where they were texts, which all of few rows may be whole numbers of."""
    return {
        name: np.asarray(array[:]).astype(str)
        if name in known and np.dtype(array.dtype).kind in "iu"
        else array
        for name, array in parts.items()
    }


def scales_of(
    normalize: bool | Sequence[str],
    where: str,
    parts: Parts,
    inputs: Sequence[str],
    vocabularies: Parts,
    known: Mapping[str, Any] | None,
    numbers: np.ndarray,
) -> dict[str, Normalization]:
    """The scale of each part that is to be normalized."""
    if normalize is True:
        names = [name for name in inputs if name not in vocabularies]
    else:
        names = list(normalize or ())
    for name in names:
        named_part("data.normalize", name, parts, where)
        if name in vocabularies:
            raise UserError(f"data.normalize={name}: texts have no mean; name another part")
    return {
        name: Normalization.from_kept(known[name])
        if known and name in known
        else Normalization.of(name, parts[name], numbers)
        for name in dict.fromkeys(names)
    }


def kept_of(vocabularies: Parts, scales: Mapping[str, Normalization]) -> dict[str, Any]:
    """What another look at the data needs, as texts, numbers and lists."""
    found: dict[str, Any] = {}
    if vocabularies:
        found["vocabularies"] = dict(vocabularies)
    if scales:
        found["normalization"] = {name: scale.kept for name, scale in scales.items()}
    return found
