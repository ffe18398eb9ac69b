import sys

import keras
import numpy as np
import pytest

from triceras.data.dividing import as_version
from triceras.data.python_source import load
from triceras.errors import UserError
from triceras.testing.small import sources

pytestmark = pytest.mark.once

HERE = "triceras.testing.small.sources"


def of_splits(split, rows=4):
    return None if split == "validation" else {"x": np.full(rows, len(split))}


def empty(split):
    return None


def failing():
    raise ValueError("no disk\nno net")


class Named:
    def __len__(self):
        return 6

    def __getitem__(self, number):
        return np.full(2, number), number


def named():
    return Named()


def arrays():
    return np.arange(10.0).reshape(5, 2), np.arange(5)


def own(name, **options):
    return load(source=f"{__name__}.{name}", **options)


@pytest.mark.parametrize("name", ["columns", "Points"])
@pytest.mark.parametrize("memory_mb", [0, 1])
def test_each_example_is_in_one_split(name, memory_mb):
    data = load(source=f"{HERE}.{name}", validation_size=12, test_size=0.25, memory_mb=memory_mb)
    splits = (data.train, data.validation, data.test)
    assert [len(split) for split in splits] == [33, 12, 15]
    rows = np.concatenate([split.take(slice(None))["point"] for split in splits])
    wanted = sources.columns()["point"]
    np.testing.assert_array_equal(np.sort(rows, axis=0), np.sort(wanted, axis=0))
    assert data.train.streamed == (name == "Points" and not memory_mb)


def test_the_order_and_the_seed_are_those_of_any_source():
    first, same, other = (
        load(source=f"{HERE}.{name}", split_seed=seed).train.take(slice(None))["point"]
        for name, seed in (("columns", 0), ("Points", 0), ("columns", 1))
    )
    np.testing.assert_array_equal(first, same)
    assert not np.array_equal(first, other)


def test_stratified_in_folds_and_by_group():
    found = [
        load(source=f"{HERE}.{name}", stratify="label", folds=4, fold=1, test_size=12, memory_mb=0)
        for name in ("columns", "Points")
    ]
    for data in found:
        assert [len(split) for split in (data.train, data.validation, data.test)] == [36, 12, 12]
        for split in (data.validation, data.test):
            assert np.bincount(split.take(slice(None))["label"]).tolist() == [4, 4, 4]
    assert found[0].test.numbers.tolist() == found[1].test.numbers.tolist()
    data = load(source=f"{HERE}.columns", group="label", validation_size=0.3, test_size=0.3)
    labels = [set(s["label"].tolist()) for s in (data.train, data.validation, data.test)]
    assert sorted(map(len, labels)) == [1, 1, 1]


def test_a_function_that_knows_splits():
    data = own("of_splits", options={"rows": 3})
    assert data.validation is None
    assert data.train["x"].tolist() == [5, 5, 5]
    assert data.test["x"].tolist() == [4, 4, 4]


def test_values_without_names():
    assert list(own("named", names=["image", "label"]).train.parts) == ["image", "label"]
    assert list(own("arrays").train.parts) == ["x", "y"]
    assert list(own("arrays", names=["a", "b"]).train.parts) == ["a", "b"]


def test_what_it_says_of_itself():
    data = load(
        source=f"{HERE}.columns",
        limit=7,
        classes=3,
        image_shape=[2, 2, 1],
        declares={"a": 1},
        inputs="point",
        labels={"out": "label"},
    )
    assert (data.name, len(data.train), data.classes) == ("columns", 7, 3)
    assert (data.image_shape, data.declares) == ((2, 2, 1), {"a": 1})
    assert (data.inputs, data.labels) == ("point", {"out": "label"})
    assert data.sha256 != load(source=f"{HERE}.columns", split_seed=1).sha256


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("nothing", {}, "is not there"),
        ("failing", {}, r"failed.*: ValueError: no disk no net"),
        ("empty", {}, "returns nothing for split='train'"),
        ("arrays", {"test_size": -1}, "data.test_size=-1 is unknown"),
        ("arrays", {"test_size": 1.5}, "data.test_size=1.5 is unknown: use a whole number"),
        ("arrays", {"test_size": 5, "validation_size": 0}, "no row is left to train on"),
        ("arrays", {"workers": -1}, "data.workers=-1 is unknown"),
        ("arrays", {"limit": 0}, "data.limit=0 is unknown"),
        ("COUNT", {}, "is not there"),
        ("arays", {}, "has no arays: did you mean .*arrays"),
        ("arrays", {"stratify": "z"}, r"^data\.stratify=z is unknown: data\.source=.* has x, y$"),
        ("arrays", {"chronological": "z"}, r"^data\.chronological=z is unknown: data\.source=.*"),
        ("arrays", {"chronological": "x"}, r"^data\.chronological=x: it is .*; wanted are dates"),
        ("arrays", {"labels": "z"}, r"^data\.labels=z is unknown: data\.source=.* has x, y$"),
        ("named", {"inputs": ["x", "z"]}, r"^data\.inputs=z is unknown: data\.source=.* has x, y$"),
        ("named", {"group": "z"}, r"^data\.group=z is unknown: data\.source=.* has x, y$"),
    ],
)
def test_what_does_not_fit_is_told_in_one_line(name, options, message):
    with pytest.raises(UserError, match=message) as caught:
        own(name, **options)
    assert "\n" not in str(caught.value)


def leaves():
    sys.exit(3)


def test_a_source_that_ends_the_command_is_told():
    with pytest.raises(UserError, match=r"leaves ended the command by sys\.exit\(3\)"):
        load(source=f"{__name__}.leaves")


def four():
    return tuple(np.arange(20.0) + i for i in range(4))


def test_no_array_of_a_tuple_is_left_out():
    with pytest.raises(UserError, match=r"gives 4 values, and data.names has 3 \(x, y, sample_w"):
        load(source=f"{__name__}.four")
    with pytest.raises(UserError, match=r"gives 4 values, and data.names has 2 \(x, y\)"):
        load(source=f"{__name__}.four", names=["x", "y"])
    assert list(load(source=f"{__name__}.four", names=list("abcd")).train.parts) == list("abcd")


def tensors():
    torch = pytest.importorskip("torch")
    return torch.arange(40.0).reshape(20, 2), torch.arange(20) % 2


@pytest.mark.slow
def test_a_tuple_of_tensors_is_parts_and_no_two_examples():
    data = load(source=f"{__name__}.tensors", names=["point", "label"])
    assert len(data.train) + len(data.validation) + len(data.test) == 20
    assert data.train.shape("point") == (2,)


@pytest.mark.parametrize(
    "asked",
    [
        {"folds": 3, "fold": 0},
        {"group": "x"},
        {"stratify": "x"},
        {"test_size": 2},
        {"split_seed": 1},
    ],
)
def test_what_a_function_with_splits_does_not_do_is_refused(asked):
    with pytest.raises(UserError, match=f"data.{next(iter(asked))}=.* has no effect: .* split"):
        own("of_splits", **asked)
    # As runs of before have it in their configuration.
    assert len(own("of_splits", validation_size=0.1, test_size=0.1).test) == 4


def a_frame():
    pandas = pytest.importorskip("pandas")
    return pandas.DataFrame({"x": np.arange(12.0), 7: np.arange(12)})


def test_a_table_of_pandas_has_its_columns_as_parts():
    data = load(source=f"{__name__}.a_frame", test_size=2, validation_size=2)
    assert list(data.train.parts) == ["x", "7"]
    assert len(data.train) == 8
    np.testing.assert_array_equal(data.train["x"], data.train["7"])


def second_by_second():
    seconds = 1.7644608e9 + np.arange(50.0)
    return {"x": seconds % 7, "label": np.arange(50) % 2, "second": seconds}


def test_the_latest_seconds_since_1970_are_tested():
    data = load(source=f"{__name__}.second_by_second", chronological="second")
    assert data.test.numbers.min() == 45
    assert sorted(data.validation.numbers) == [40, 41, 42, 43, 44]


def second_by_second_without_names():
    return tuple(second_by_second().values())


def test_they_are_of_arrays_without_names_too():
    source = f"{__name__}.second_by_second_without_names"
    data = load(source=source, names=["x", "label", "second"], chronological="second")
    assert data.test.numbers.min() == 45


def every_40_seconds():
    return {**second_by_second(), "second": 1.7644608e9 + 40 * np.arange(50.0)}


def the_same_one_by_one():
    columns = every_40_seconds()
    return [{name: array[i] for name, array in columns.items()} for i in range(50)]


@pytest.mark.parametrize("name", ["every_40_seconds", "the_same_one_by_one"])
def test_a_run_of_before_has_the_rows_that_its_times_of_32_bits_gave(name):
    source = {"source": f"{__name__}.{name}", "chronological": "second"}
    assert sorted(load(**source).test.numbers) == [45, 46, 47, 48, 49]
    with as_version(3):
        # Two steps of 128 seconds.
        assert sorted(load(**source).test.numbers) == [44, 45, 46, 47, 48, 49]


def one_by_one():
    columns = second_by_second()
    return [{name: array[i] for name, array in columns.items()} for i in range(50)]


def lists_of_numbers():
    return {name: array.tolist() for name, array in second_by_second().items()}


def lists_of_dictionaries():
    columns = second_by_second()
    return {"x": columns["x"].tolist(), 7: [{"second": one} for one in columns["second"]]}


class InBatches(keras.utils.PyDataset):
    def __len__(self):
        return 4

    def __getitem__(self, number):
        return {k: v[13 * number : 13 * (number + 1)] for k, v in second_by_second().items()}


@pytest.mark.parametrize("name", ["one_by_one", "lists_of_numbers", "InBatches"])
def test_they_are_of_examples_too(name):
    data = load(source=f"{__name__}.{name}", chronological="second")
    assert data.test.numbers.min() == 45
    with pytest.raises(UserError, match=r"^data\.chronological=third is unknown: .* has x, label"):
        load(source=f"{__name__}.{name}", chronological="third")


def milliseconds():
    columns = second_by_second()
    return columns | {"second": (columns["second"] * 1000).astype("int64")}


def milliseconds_one_by_one():
    columns = milliseconds()
    return [{name: array[i].item() for name, array in columns.items()} for i in range(50)]


def nanoseconds_from_0():
    return [{"x": float(i), "label": i % 2, "second": i * 10**9} for i in range(50)]


@pytest.mark.parametrize("name", ["milliseconds", "milliseconds_one_by_one", "nanoseconds_from_0"])
def test_whole_numbers_of_more_than_32_bits_divide_and_are_no_part(name):
    data = load(source=f"{__name__}.{name}", chronological="second")
    assert data.test.numbers.min() == 45
    assert list(data.train.parts) == ["x", "label"]
    np.testing.assert_array_equal(data.train["label"], data.train.numbers % 2)


def test_they_may_be_in_a_dictionary_of_a_column():
    source = {"source": f"{__name__}.lists_of_dictionaries", "inputs": "x"}
    assert load(**source, chronological="7.second").test.numbers.min() == 45
