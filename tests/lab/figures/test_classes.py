import dataclasses

import numpy as np
import pytest

from lab.figures.classes import classes_of, examples_to_show, names_of
from triceras.data.dataset import Dataset, Split

X = np.zeros((4, 2), np.float32)


def dataset(parts, **options):
    split = Split({"x": X, **parts})
    return Dataset(name="own", train=split, validation=None, test=split, **options)


@pytest.mark.parametrize(
    ("labels", "options", "expected"),
    [
        ({"label": np.array([1, 0, 1, 0])}, {}, [1, 0, 1, 0]),
        ({}, {}, None),
        ({"label": np.ones(4, np.float32)}, {}, None),
        ({"label": np.ones((4, 2), int)}, {}, None),
        ({"a": np.ones(4, int), "b": np.ones(4, int)}, {"labels": ["a", "b"]}, None),
    ],
)
def test_classes_are_whole_numbers_one_for_each_row(labels, options, expected):
    found = classes_of(dataset(labels, **options))
    assert (found if expected is None else found.tolist()) == expected


def test_names_are_declared_or_are_texts_or_numbers():
    labels = {"label": np.array([1, 0, 1, 0])}
    plain = dataset(labels, labels="label")
    texts = dataclasses.replace(plain, kept={"vocabularies": {"label": ["cat", "dog"]}})
    declared = dataclasses.replace(texts, declares={"class_names": ["no"]})
    assert names_of(plain, [1, 0]) == ["1", "0"]
    assert names_of(texts, np.array([1, 0])) == ["dog", "cat"]
    assert names_of(declared, [1, 0]) == ["1", "no"]


def test_examples_of_each_class_or_the_first():
    rows, names = examples_to_show(dataset({"label": np.array([1, 1, 0, 0])}), 3)
    assert (rows.tolist(), names) == ([2, 0, 3], ["0", "1", "0"])
    rows, names = examples_to_show(dataset({}), 3)
    assert (rows.tolist(), names) == ([0, 1, 2], [])


def test_each_part_has_names_of_its_own():
    parts = {name: np.array([1, 0, 1, 0]) for name in ("kind", "place")}
    names = {"kind": ["ant", "bee"], "place": ["north", "south"]}
    declares = {"class_names": names["kind"]}
    both = dataset(parts, labels="kind", kept={"vocabularies": names}, declares=declares)
    assert names_of(both, [0, 1]) == names["kind"]
    assert names_of(both, [0, 1], "kind") == names["kind"]
    assert names_of(both, [0, 1], "place") == names["place"]
    plain = dataset({"label": parts["kind"]}, kept={"vocabularies": {"label": names["kind"]}})
    assert names_of(plain, [1]) == ["bee"]
