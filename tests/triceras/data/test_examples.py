import numpy as np
import pytest

from triceras.data.examples import Examples
from triceras.data.named_arrays import named_arrays
from triceras.errors import UserError
from triceras.testing.small.sources import BATCH, COUNT, Points, columns, example

NAMES = ["point", "label"]


class Pairs(Points):
    def __getitem__(self, number):
        return tuple(super().__getitem__(number).values())


class PyDataset:  # Keras's, by its name
    num_batches = COUNT // BATCH

    def __getitem__(self, batch):
        return tuple(a[batch * BATCH : (batch + 1) * BATCH] for a in columns().values())


@pytest.mark.once
@pytest.mark.parametrize("source", [Points(), Pairs(), columns(), list(map(example, range(COUNT)))])
def test_all_that_gives_examples_by_number(source):
    examples = Examples(source, NAMES if isinstance(source, Pairs) else None, "here")
    check(examples)


@pytest.mark.once
def test_batches_by_number():
    check(Examples(PyDataset(), NAMES, "here"))


def test_a_dataset_of_keras():
    import keras

    class Own(keras.utils.PyDataset):
        num_batches = PyDataset.num_batches
        __getitem__ = PyDataset.__getitem__

    check(Examples(Own(), NAMES, "here"))


def check(examples):
    assert len(examples) == COUNT
    assert list(examples.first) == NAMES
    rows = examples.rows(np.array([59, 0, 31]), NAMES)
    assert rows["label"].tolist() == [59 % 3, 0, 1]
    assert rows["label"].dtype == "int32"
    for row, number in zip(rows["point"], (59, 0, 31), strict=True):
        np.testing.assert_array_equal(row, example(number)["point"])
    assert list(examples.rows([3], ["label"])) == ["label"]


class OneBuffer(Points):
    """Gives the same memory each time, filled anew."""

    def __init__(self):
        self.held = {name: np.empty_like(value) for name, value in example(0).items()}

    def __getitem__(self, number):
        for name, value in example(number).items():
            self.held[name][...] = value
        return self.held


class BatchesInOneBuffer(PyDataset):
    def __init__(self):
        self.held = [np.empty_like(a) for a in super().__getitem__(0)]

    def __getitem__(self, batch):
        for held, array in zip(self.held, super().__getitem__(batch), strict=True):
            held[...] = array
        return tuple(self.held)


@pytest.mark.once
def test_memory_that_is_filled_anew_is_copied_in_time():
    check(Examples(OneBuffer(), NAMES, "here"))
    check(Examples(BatchesInOneBuffer(), NAMES, "here"))


class RestlessBuffer(OneBuffer):
    def __getitem__(self, number):
        return super().__getitem__(np.random.default_rng().integers(10, 10**9))


@pytest.mark.once
def test_chance_is_seen_in_memory_that_is_filled_anew():
    with pytest.raises(UserError, match="each time it is asked for its first example"):
        Examples(RestlessBuffer(), NAMES, "here")


class Mixed(Points):
    def __getitem__(self, number):
        return {"x": np.float32(0.5) if number == 7 else number}


@pytest.mark.once
def test_numbers_of_two_types_are_not_cut():
    assert Examples(Mixed(), NAMES, "here").rows([6, 7], ["x"])["x"].tolist() == [6, 0.5]


class Restless(Points):
    def __getitem__(self, number):
        return {"x": np.random.default_rng().normal(size=2)}


class Uneven(Points):
    def __getitem__(self, number):
        return {"x": np.zeros(number + 1)}


@pytest.mark.once
@pytest.mark.parametrize(
    ("source", "message"),
    [
        (Restless(), "gives another 'x' each time"),
        ([], "has no examples"),
        ({"a": [1, 2], "b": [1]}, r"differ in length \(2 of a, 1 of b\)"),
        (iter([1]), "is a list_iterator, which has no length .*data=stream"),
        (["text"], "'x' is str.*, which is no array of numbers"),
        ([{"a": object()}], "'a' is object, which is no array"),
        ([(1, 2, 3, 4)], "gives 4 values, and data.names has 3"),
        ([{}], "gives dict without arrays"),
    ],
)
def test_what_is_no_source_is_told(source, message):
    with pytest.raises(UserError, match=f"here.*{message}"):
        Examples(source, None, "here")


@pytest.mark.once
def test_examples_of_several_shapes_are_told():
    with pytest.raises(UserError, match=r"'x' of shape \(1,\) and of \(3,\).*or pad them with"):
        Examples(Uneven(), None, "here").rows([0, 2], ["x"])
    # Padding is along the first axis.
    pictures = [{"x": np.zeros((2, 2 + i, 3))} for i in range(2)]
    with pytest.raises(UserError, match=r"of \(2, 3, 3\); wanted is .* resize them in the source$"):
        Examples(pictures, None, "here").rows([0, 1], ["x"])


@pytest.mark.once
def test_dictionaries_within_an_example_are_parts_with_longer_names():
    found = named_arrays({"a": {"b": 1, "c": [2.0, 3.0]}, "d": None}, None, "here")
    assert list(found) == ["a.b", "a.c"]
    assert found["a.c"].dtype == "float32"


class FirstIsShort(PyDataset):
    def __getitem__(self, batch):
        x, y = super().__getitem__(batch)
        return (x[:1], y[:1]) if batch == 0 else (x, y)


@pytest.mark.once
def test_no_example_of_a_larger_batch_is_left_out():
    examples = Examples(FirstIsShort(), NAMES, "here")
    with pytest.raises(UserError, match="examples in batch 1 and 1 in the first one: all batches"):
        examples.rows(np.arange(len(examples)), NAMES)


@pytest.mark.once
def test_columns_of_pandas_are_of_the_same_rows():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"label": np.arange(6)}).iloc[::-1]
    examples = Examples({"x": frame["label"].tolist(), "label": frame["label"]}, None, "here")
    pairs = [(int(one["x"]), int(one["label"])) for one in map(examples.__getitem__, range(6))]
    assert pairs == [(number, number) for number in range(5, -1, -1)]


@pytest.mark.once
def test_a_masked_example_is_refused():
    rows = [{"x": np.ma.array([1.0, 1e20], mask=[False, masked])} for masked in (False, True)]
    examples = Examples(rows, None, "here")
    with pytest.raises(UserError, match="here: 'x' is a masked array of which 1 values are masked"):
        examples[1]
