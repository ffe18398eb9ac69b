import hashlib

import numpy as np
import pytest

from triceras.data import split_parts
from triceras.data.npy import read_npy
from triceras.data.rows_on_disk import RowsOnDisk
from triceras.errors import UserError

pytestmark = pytest.mark.once

RANDOM = np.random.default_rng(0)
IMAGE = RANDOM.integers(0, 256, (50, 4, 5, 3)).astype("uint8")
# So large that float32 would leave nothing of how they differ.
WHEN = np.stack([1.6e9 + np.arange(50.0), RANDOM.normal(size=50)], axis=1)
KIND = np.array(["cat", "dog", "ant", "dog", "cat"] * 10)
PARTS = {"image": IMAGE, "when": WHEN, "label": KIND}


def made(parts=PARTS, **options):
    return split_parts("mine", parts, **options)


def all_of(data, part):
    splits = [split for split in (data.train, data.validation, data.test) if split is not None]
    return np.concatenate([split[part] for split in splits])


def test_a_tenth_each_is_held_out_and_rows_stay_together():
    data = made()
    assert [len(data.train), len(data.validation), len(data.test)] == [40, 5, 5]
    rows = {image.tobytes(): kind for image, kind in zip(IMAGE, KIND, strict=True)}
    words = ["ant", "cat", "dog"]
    for image, label in zip(all_of(data, "image"), all_of(data, "label"), strict=True):
        assert rows.pop(image.tobytes()) == words[label]
    assert not rows


def test_what_it_says_of_itself():
    data = made(declares={"width": 5})
    assert (data.name, data.classes, data.image_shape) == ("mine", 3, (4, 5, 3))
    assert data.declares == {"width": 5}
    assert data.kept == {"vocabularies": {"label": ["ant", "cat", "dog"]}}
    assert data.sha256 != made(PARTS | {"image": IMAGE[::-1]}).sha256
    assert data.sha256 == made().sha256
    grey = made({"x": IMAGE[..., 0], "y": WHEN[:, 1]}, image_shape=[4, 5])
    assert (grey.image_shape, grey.classes) == ((4, 5, 1), None)
    tokens = made({"tokens": KIND.reshape(25, 2), "label": np.arange(25)})
    assert tokens.declares == {"tokens_vocabulary_size": 3, "vocabulary_size": 3}
    assert tokens.classes == 25


def test_classes_of_all_splits_count():
    test = {"x": WHEN[:3], "y": np.array([7, 0, 1])}
    assert made({"x": WHEN, "y": np.arange(50) % 3}, test=test).classes == 8
    assert made({"x": WHEN, "y": np.arange(50) - 1}).classes is None


def test_a_label_for_each_pixel_is_a_class_too():
    masks = np.arange(50 * 4 * 5).reshape(50, 4, 5) % 3
    parts = {"image": np.zeros((50, 4, 5, 3), "float32"), "mask": masks}
    assert made(parts, labels="mask").classes is None
    assert made(parts, labels="mask", classes=3).classes == 3
    said = r"mask is .* from 0 to 2, and data\.classes=2 wants .* from 0 to 1; where another number"
    with pytest.raises(UserError, match=said):
        made(parts, labels="mask", classes=2)


def test_splits_that_are_given():
    held = {key: array[:7] for key, array in PARTS.items()}
    data = made(test=held)
    assert [len(data.train), len(data.validation), len(data.test)] == [45, 5, 7]
    np.testing.assert_array_equal(data.test["image"], IMAGE[:7])
    data = made(test=held, validation=held)
    assert [len(data.train), len(data.validation), len(data.test)] == [50, 7, 7]
    np.testing.assert_array_equal(data.train["image"], IMAGE)
    assert made(test=held, validation_size=0).validation is None


def test_inputs_are_normalized_as_the_training_rows_have_them():
    data = made(inputs=["when"], normalize=True, limit=30)
    seen = data.train["when"]
    assert seen.dtype == np.float32
    np.testing.assert_allclose(seen.mean(axis=0, dtype="float64"), 0, atol=1e-6)
    np.testing.assert_allclose(seen.std(axis=0, dtype="float64"), 1, rtol=1e-6)
    kept = data.kept["normalization"]["when"]
    first = WHEN[0] * 0 + [kept["mean"][0], kept["mean"][1]]
    assert abs(first[0] - 1.6e9) < 50
    stored = np.sort(all_of(made(inputs=["when"], normalize=True), "when")[:, 0])
    assert np.diff(stored).min() > 0.03
    named = made(normalize=["image", "when"])
    assert named.train["image"].dtype == np.float32
    assert list(named.kept["normalization"]) == ["image", "when"]


def test_what_a_run_kept_is_used_again():
    kept = made(inputs=["when"], normalize=True).kept
    other = {"image": IMAGE, "when": WHEN + 5, "label": np.array(["dog", "cat"] * 25)}
    data = made(other, inputs=["when"], normalize=True, kept=kept)
    assert data.kept == kept
    assert set(all_of(data, "label").tolist()) == {1, 2}
    assert data.classes == 3
    deviation = kept["normalization"]["when"]["deviation"]
    mean = all_of(made(inputs=["when"], normalize=True), "when").mean(axis=0)
    np.testing.assert_allclose(
        all_of(data, "when").mean(axis=0), mean + 5 / np.array(deviation), rtol=1e-4
    )


def test_rows_on_disk_stay_there(tmp_path):
    np.save(tmp_path / "x.npy", WHEN)
    stored = read_npy(tmp_path / "x.npy", 0, hashlib.sha256())
    parts = {"x": stored, "y": KIND}
    for normalize in (False, True):
        data = made(parts, normalize=normalize, limit=20)
        whole = made(parts | {"x": WHEN}, normalize=normalize, limit=20)
        for found, expected in ((data.train, whole.train), (data.test, whole.test)):
            assert isinstance(found["x"], RowsOnDisk)
            assert len(found) == len(expected)
            np.testing.assert_array_equal(found["x"][:], expected["x"])
            np.testing.assert_array_equal(found["y"], expected["y"])


def test_strata_groups_and_folds_are_parts():
    data = made(stratify="label", test_size=10)
    assert np.bincount(data.test["label"]).tolist() == [2, 4, 4]
    groups = PARTS | {"who": np.arange(50) // 5}
    data = made(groups, group="who", folds=5, fold=2)
    seen = [set(split["who"].tolist()) for split in (data.train, data.validation, data.test)]
    assert sum(map(len, seen)) == len(set.union(*seen)) == 10


DAYS = np.datetime_as_string(np.datetime64("2026-02-27") + np.arange(50) * 7 % 50)


NUMBERS = np.arange(50.0) * 7 % 50 + 0.5
MILLISECONDS = 1_764_460_800_000 + (NUMBERS * 1000).astype("int64")


@pytest.mark.parametrize(
    "day", [DAYS, NUMBERS, MILLISECONDS], ids=["dates", "numbers", "milliseconds"]
)
def test_the_latest_are_tested(day):
    data = made({**PARTS, "day": day}, chronological="day", inputs="image")
    days = [day[split.numbers] for split in (data.train, data.validation, data.test)]
    assert [len(rows) for rows in days] == [40, 5, 5]
    assert max(days[0]) < min(days[1]) <= max(days[1]) < min(days[2])
    # The place of a day among others is no number of it, and no backend has 64 bits.
    assert ("day" in data.train.parts) == (day is NUMBERS)
    # A later day is none that the run would have to know.
    assert "day" not in data.kept["vocabularies"]
    assert data.declares == {}


@pytest.mark.parametrize(
    ("day", "options", "message"),
    [
        (WHEN, {}, r"^data\.chronological=day: it is float64 of shape .50, 2.; wanted are dates"),
        (np.full(50, np.nan), {}, "^data.chronological=day: row 0 holds nan, which is no time"),
        (["30.11.2026"] * 50, {}, "^data.chronological=day: '30.11.2026' is no date as in 2026"),
        (["2026-11-30 10:00", "2026-11-30T09:00"] * 25, {}, "chronological=day: '2026-11-30T09:"),
        (DAYS, {"inputs": ["image", "day"]}, "^data.chronological=day: a model is given numbers"),
        (DAYS, {"stratify": "label"}, "^data.stratify=label has no effect beside data.chron"),
        (DAYS, {"folds": 5, "fold": 0}, "^data.folds=5 has no effect beside data.chronological"),
        (DAYS, {"chronological": ["day"]}, "is unknown: use the name of one part, or null"),
    ],
)
def test_what_has_no_time_is_refused(day, options, message):
    options = {"chronological": "day", "inputs": "image"} | options
    with pytest.raises(UserError, match=message):
        made({**PARTS, "day": np.array(day)}, **options)


@pytest.mark.parametrize(
    ("parts", "options", "message"),
    [
        ({"x": WHEN[:3]}, {}, "the data mine, train: the parts differ in length .50 of image"),
        ({"x": np.float32(1)}, {}, "the part 'x' is one number"),
        ({}, {"stratify": "when"}, "data.stratify=when: it is float64 of shape .50, 2."),
        ({}, {"group": "who"}, "data.group=who is unknown: mine has image, when, label"),
        ({}, {"normalize": ["label"]}, "data.normalize=label: texts have no mean"),
        ({}, {"normalize": ["who"]}, "data.normalize=who is unknown: mine has image, when"),
        ({}, {"normalize": "yes"}, "data.normalize=yes is unknown: use true, false, or a list"),
        ({}, {"stratify": ["label"]}, "is unknown: use the name of one part, or null"),
        ({}, {"declares": 3}, "data.declares=3 is unknown: use a group"),
        ({}, {"image_shape": 3}, "data.image_shape=3 is unknown"),
        ({}, {"inputs": {"a": "who"}}, "data.inputs=who is unknown"),
        ({}, {"labels": "who"}, "data.labels=who is unknown"),
        ({}, {"limit": 0}, "data.limit=0"),
        ({}, {"classes": 2}, "label is int32 of shape .40,. from 0 to 2, and data.classes=2"),
        ({}, {"image_shape": [4]}, r"data.image_shape=\[4\] is unknown"),
        ({}, {"test_size": 0}, "data.test_size=0: a run reports"),
        ({}, {"test": PARTS, "test_size": 3}, "data.test_size=3 is set, and mine has test rows"),
        ({}, {"validation": PARTS, "folds": 2, "fold": 0}, "data.folds=2 is set, and mine has"),
        ({}, {"test": {"image": IMAGE}}, "the part 'when' is not in test, which has image: give"),
        (
            {},
            {"test": PARTS | {"image": IMAGE[..., 0]}},
            r"image has examples of shape \(4, 5\) in test and of \(4, 5, 3\) in train",
        ),
        (
            {},
            {"test": PARTS | {"label": np.arange(50)}},
            "label is int64 in test and <U3 in train: wanted is one type",
        ),
        ({}, {"kept": {"vocabularies": {"label": ["ant"]}}}, "the part 'label' has 'cat', 'dog'"),
    ],
)
def test_what_does_not_go_together(parts, options, message):
    with pytest.raises(UserError, match=message) as told:
        made(PARTS | parts, **options)
    assert "\n" not in str(told.value)


def test_each_row_knows_where_it_was():
    parts = {"x": np.arange(40.0).reshape(20, 2), "label": np.arange(20) % 2}
    data = split_parts("own", parts, validation_size=4, test_size=5, split_seed=0, limit=9)
    for split in (data.train, data.validation, data.test):
        assert (split["x"][:, 0] / 2).tolist() == split.numbers.tolist()
    assert len(data.train) == 9


def test_a_group_in_two_splits_that_are_given_is_refused():
    person = np.arange(50) // 5
    test = {"when": WHEN[:4], "person": person[:4]}
    with pytest.raises(UserError, match=r"data\.group=person: rows of 1 of its values are both"):
        made({"when": WHEN, "person": person}, test=test, group="person")
    made({"when": WHEN, "person": person}, test=test | {"person": np.full(4, 99)}, group="person")


def test_whole_numbers_are_the_texts_that_they_were():
    words = {"kept": {"vocabularies": {"stage": ["1", "2", "IIIa"]}}}
    data = made({"when": WHEN, "stage": np.array([2, 1] * 25)}, **words)
    assert set(all_of(data, "stage").tolist()) == {0, 1}
    with pytest.raises(UserError, match="the part 'stage' has '3', which the run was not trained"):
        made({"when": WHEN, "stage": np.array([2, 3] * 25)}, **words)


def test_numbers_that_are_texts_are_refused_but_of_a_run_that_took_them():
    stage = np.array(["-0.5", "10.5", "9.5"])[np.arange(50) % 3]
    with pytest.raises(UserError, match="the part 'stage' holds numbers as texts"):
        made({"when": WHEN, "stage": stage})
    words = {"vocabularies": {"stage": ["-0.5", "10.5", "9.5"]}}
    assert set(all_of(made({"when": WHEN, "stage": stage}, kept=words), "stage")) == {0, 1, 2}


def test_a_number_that_is_none_is_told_by_its_row_in_the_file():
    when = WHEN.copy()
    row = int(np.argmin(np.abs(WHEN[:, 1] - made().train["when"][7, 1])))
    when[row, 1] = np.nan
    with pytest.raises(UserError, match=rf"the part 'when' of row {row} of the data .* holds nan"):
        made(PARTS | {"when": when}, normalize=["when"])
