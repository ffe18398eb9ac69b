import numpy as np
import pytest
from keras.utils import PyDataset

from triceras.data import padding
from triceras.data.padding import check_pad, padded
from triceras.data.python_source import load
from triceras.data.stream import load as load_stream
from triceras.errors import UserError

pytestmark = pytest.mark.once


def sentences():
    return [{"tokens": list(range(1, 2 + i % 3)), "label": i % 3} for i in range(20)]


def batches():
    for length in (1, 3, 2):
        yield {"tokens": np.ones((8, length), "int32"), "label": np.full(8, length)}


def test_an_example_is_filled_up_with_zeros_and_says_where():
    found = padded({"x": np.array([5, 6]), "y": np.array(1)}, {"x": 4}, 0, "here")
    assert found["x"].tolist() == [5, 6, 0, 0]
    assert found["x_mask"].tolist() == [1, 1, 0, 0]
    assert found["x_mask"].dtype == "float32"
    rows = padded({"x": np.ones((2, 1, 3))}, {"x": 2}, 1, "here")
    assert rows["x"].shape == (2, 2, 3)
    assert rows["x_mask"].tolist() == [[1, 0], [1, 0]]


@pytest.mark.parametrize("memory_mb", [0, 1])
def test_examples_of_several_lengths_train_as_one(memory_mb):
    data = load(source=f"{__name__}.sentences", pad={"tokens": 4}, memory_mb=memory_mb)
    rows = data.train.take(slice(None))
    assert rows["tokens"].shape == (16, 4)
    np.testing.assert_array_equal(rows["tokens_mask"].sum(axis=1), rows["label"] + 1)
    np.testing.assert_array_equal(rows["tokens"] > 0, rows["tokens_mask"] > 0)


def test_batches_of_several_lengths_train_as_one():
    data = load_stream(
        source=f"{__name__}.batches",
        steps_per_epoch=2,
        batch_size=6,
        test_size=8,
        pad={"tokens": 3},
    )
    for step in range(4):
        rows = data.train.take_step(step, None, ["tokens_mask", "label"])
        np.testing.assert_array_equal(rows["tokens_mask"].sum(axis=1), rows["label"])


@pytest.mark.parametrize(
    ("lengths", "message"),
    [
        ({"z": 3}, "data.pad names 'z', and here gives x, y"),
        ({"y": 3}, r"'y', which is of shape \(\)"),
        ({"x": 1}, "'x' of length 2, and data.pad.x=1: cut it in the source"),
    ],
)
def test_what_does_not_fit_is_told(lengths, message):
    with pytest.raises(UserError, match=message):
        padded({"x": np.array([5, 6]), "y": np.array(1)}, lengths, 0, "here")


class Batches(PyDataset):
    def __len__(self):
        return 4

    def __getitem__(self, number):
        return {"tokens": np.ones((5, 1 + number % 3), "int32"), "label": np.zeros(5)}


def columns():
    return {name: [one[name] for one in sentences()] for name in ("tokens", "label")}


@pytest.mark.parametrize(
    ("source", "beyond"), [("sentences", 13), ("columns", 13), ("Batches", 10)]
)
def test_it_is_told_how_many_examples_are_too_long(monkeypatch, source, beyond):
    said = f"'tokens' of up to length 3, .*=1, than which {beyond} of 20 examples .*tokens=3$"
    with pytest.raises(UserError, match=said):
        load(source=f"{__name__}.{source}", pad={"tokens": 1})
    monkeypatch.setattr(padding, "SECONDS", 0)
    with pytest.raises(UserError, match=r"of the first \d+ examples .* or more$"):
        load(source=f"{__name__}.{source}", pad={"tokens": 1})


@pytest.mark.parametrize("pad", [3, {"x": 0}, {"x": "long"}])
def test_what_is_no_length_is_told(pad):
    with pytest.raises(UserError, match=r"data.pad=.* is unknown"):
        check_pad(pad)
    assert check_pad(None) == {}


def test_a_mask_that_the_data_bring_counts():
    tokens, mask = np.array([[5, 6, 0], [7, 0, 0]]), np.array([[1, 1, 0], [1, 0, 0]])
    found = padded({"x": tokens, "x_mask": mask}, {"x": 4}, 1, "here")
    assert found["x_mask"].tolist() == [[1, 1, 0, 0], [1, 0, 0, 0]]
    with pytest.raises(UserError, match=r"gives x_mask of shape \(2, 2\), and 'x' of \(2, 3\)"):
        padded({"x": tokens, "x_mask": mask[:, :2]}, {"x": 4}, 1, "here")
