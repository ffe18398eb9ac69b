import logging

import numpy as np
import pytest
from omegaconf import OmegaConf

from triceras import settings
from triceras.data.apart import check_apart, sample, share_rows, tell_of_the_same
from triceras.data.dataset import Dataset, Split
from triceras.data.python_source import load
from triceras.errors import UserError

pytestmark = pytest.mark.once

SPLITS = ("train", "validation", "test")
X = np.random.default_rng(0).normal(size=(60, 3)).astype("float32")
Y = np.random.default_rng(1).integers(0, 2, 60).astype("int32")
BUFFERS = {
    dtype: {"x": np.empty((20, 3), dtype), "label": np.empty(20, "int32")}
    for dtype in ("float32", "float64")
}
ONES = np.ones(60, "float32")


def rows_of(split):
    start = 20 * SPLITS.index(split)
    return slice(start, start + 20)


def fresh(split):
    return {"x": X[rows_of(split)].copy(), "label": Y[::-1][rows_of(split)].copy()}


def filled(split, names, dtype="float32"):
    """Some parts in memory that is filled anew for each split."""
    given = fresh(split)
    for name in names:
        BUFFERS[dtype][name][:] = given[name]
        given[name] = BUFFERS[dtype][name]
    return given


def all_filled_anew(split):
    return filled(split, ("x", "label"))


def labels_filled_anew(split):
    BUFFERS["float32"]["label"][:] = SPLITS.index(split)
    return fresh(split) | {"label": BUFFERS["float32"]["label"]}


def labels_of_two_filled_anew(split):
    return fresh(split) if split == "train" else filled(split, ("label",))


def weights_filled_anew(split):
    ONES[:] = SPLITS.index(split)
    return fresh(split) | {"weight": ONES[:20]}


def tensors_filled_anew(split):
    torch = pytest.importorskip("torch")
    return tuple(torch.from_numpy(array) for array in filled(split, ("x", "label")).values())


def filled_anew_and_cut_to_32_bits(split):
    return filled(split, ("x",), "float64")


class Numbers:
    def __init__(self, split="train"):
        self.split = split

    def __len__(self):
        return 20

    def __getitem__(self, number):
        return {name: array[number] for name, array in fresh(self.split).items()}


NUMBERS = Numbers()


def one_object(split):
    NUMBERS.split = split
    return NUMBERS


def objects_of_their_own(split):
    return Numbers(split)


def without_looking(split):
    return Numbers()


def overlapping(split):
    """Ten rows of validation are rows that are trained on."""
    start, stop = {"train": (0, 30), "validation": (20, 45), "test": (45, 60)}[split]
    return X[start:stop], Y[start:stop]


def apart(split):
    start, stop = {"train": (0, 30), "validation": (30, 45), "test": (45, 60)}[split]
    return {
        "x": X[start:stop],
        "label": Y[start:stop],
        "weight": np.ones(60, "float32")[: stop - start],
        "mask": np.broadcast_to(X[0], (stop - start, 3)),
    }


def windows(split):
    series = np.lib.stride_tricks.sliding_window_view(X.reshape(-1), 9)
    start, stop = {"train": (0, 100), "validation": (100, 130), "test": (130, 160)}[split]
    return {"x": series[start:stop], "label": np.arange(start, stop) % 2}


def source(name, **options):
    names = ["x", "label"]
    return load(source=f"{__name__}.{name}", names=names, inputs="x", labels="label", **options)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "options", "part"),
    [
        ("all_filled_anew", {}, "x of train"),
        ("labels_filled_anew", {}, "label of train"),
        ("labels_of_two_filled_anew", {}, "label of validation"),
        ("weights_filled_anew", {}, "weight of train"),
        ("one_object", {"memory_mb": 0}, "x of train"),
        ("tensors_filled_anew", {"memory_mb": 0}, "x of train"),
    ],
)
def test_a_split_that_changes_with_the_next_one_is_refused(name, options, part):
    with pytest.raises(UserError, match=rf"{name}: {part} was another before the next split was"):
        source(name, **options)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("fresh", {}),
        ("filled_anew_and_cut_to_32_bits", {}),
        ("tensors_filled_anew", {}),
        ("one_object", {}),
        ("objects_of_their_own", {"memory_mb": 0}),
    ],
)
def test_what_holds_its_own_rows_is_taken(name, options):
    data = source(name, **options)
    for split in SPLITS:
        for part, array in fresh(split).items():
            np.testing.assert_array_equal(getattr(data, split)[part][:], array)


def test_rows_in_the_memory_of_training_rows_are_refused():
    with pytest.raises(UserError, match="x of validation has rows in the memory of train"):
        source("overlapping")


@pytest.mark.parametrize("name", ["apart", "windows"])
def test_rows_apart_in_one_array_are_not(name):
    assert len(source(name).train) in (30, 100)


def test_validation_and_test_may_be_the_same_but_not_in_some_parts():
    x, y = X[:20], Y[:20]
    train = Split({"x": X[20:], "label": Y[20:]})
    same = {"validation": Split({"x": x, "label": y}), "test": Split({"x": x, "label": y})}
    check_apart("here", {"train": train, **same})
    mixed = {**same, "test": Split({"x": x.copy(), "label": y})}
    with pytest.raises(UserError, match="label of test has rows in the memory of validation"):
        check_apart("here", {"train": train, **mixed})


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        (X[::2], X[1::2], False),
        (X[::2], X[1::3], True),
        (X[:30], X[29:], True),
        (X[:30], X[30:], False),
        (X[:, :1], X[:, 1:2], False),
        (X[::-1], X[:1], True),
        (ONES[:30], ONES[:5], False),
        (X[:0], X, False),
        ([1, 2], X, False),
    ],
)
def test_rows_are_shared_where_they_begin_at_one_place(one, other, shared):
    ONES[:] = 1
    assert share_rows(one, other) is shared


def test_few_rows_are_copied_at_once_though_many_are_looked_at(monkeypatch):
    taken = []
    split = Split({"x": np.arange(10_000.0).reshape(-1, 2)})
    monkeypatch.setattr(split, "take", lambda rows: taken.extend([rows]) or {"x": split["x"][rows]})
    before = sample(split)
    assert max(map(len, taken)) == 64
    assert sum(map(len, taken)) == 4096
    split["x"][-1] += 1
    assert sample(split) != before


def data_set(train, test, validation=None):
    def split(x):
        return None if x is None else Split({"x": np.array(x), "label": Y[: len(x)].copy()})

    return Dataset("points", split(train), split(validation), split(test), inputs="x")


def test_the_same_rows_in_other_memory_are_told_of(caplog):
    with caplog.at_level(logging.WARNING):
        tell_of_the_same(data_set(X[:30], X[:5], X[30:]))
    assert [record.getMessage()[:59] for record in caplog.records] == [
        "test has the same inputs as train, all of its first 5: what"
    ]


def test_the_same_examples_that_are_made_anew_are_told_of(caplog):
    with caplog.at_level(logging.WARNING):
        tell_of_the_same(source("without_looking", memory_mb=0))
    assert len(caplog.records) == 3
    assert "all of its first 8" in caplog.text


@pytest.mark.parametrize(
    "test", [X[30:], np.concatenate([X[:4], X[30:]])], ids=["apart", "begins the same"]
)
def test_other_rows_are_not_told_of(caplog, test):
    with caplog.at_level(logging.WARNING):
        tell_of_the_same(data_set(X[:30], test))
        tell_of_the_same(data_set(np.ones((30, 3)), np.ones((5, 3))))
        tell_of_the_same(data_set(np.full((30, 3), np.nan), np.full((5, 3), np.nan)))
    assert not caplog.records


def test_settings_look_at_what_an_own_function_put_together():
    split = Split({"x": X, "label": Y})
    config = OmegaConf.create({"batch_size": 5, "data": {"_target_": "own.load"}})
    with pytest.raises(UserError, match="the data own: x of test has rows in the memory of train"):
        settings.check_data(config, Dataset("own", split, None, split.first(5)))
    with pytest.raises(UserError, match=r"data\._target_=own\.load returned dict, and a run needs"):
        settings.check_data(config, {"x": X})
