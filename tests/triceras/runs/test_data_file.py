"""`runs.data_file`: what a run keeps of its data, and other data as its own had been."""

import logging

import numpy as np
import pytest

from triceras.data.dataset import Dataset, Split
from triceras.errors import UserError
from triceras.runs import data_file

pytestmark = pytest.mark.once


def declaring(classes=None, image_shape=None, **declares):
    split = Split({"x": np.zeros((2, 3), "float32")})
    return Dataset("some", split, None, split, classes, image_shape, declares=declares)


@pytest.fixture
def folder(tmp_path):
    data = declaring(np.int64(3), (4, 4, 1), size=np.int32(9), shape=(2, 3), names=["a", "b"])
    data_file.keep(tmp_path, data)
    return tmp_path


def test_other_data_declare_what_the_run_s_own_did(folder):
    found = data_file.as_declared(folder, declaring(2, None, size=5, more=1))
    assert (found.classes, found.image_shape) == (3, (4, 4, 1))
    assert found.declares == {"size": 9, "shape": [2, 3], "names": ["a", "b"]}


def test_the_same_values_keep_their_types(folder):
    found = data_file.as_declared(folder, declaring(3, (8, 8, 1), size=9, shape=(2, 3)))
    assert found.declares["shape"] == (2, 3)
    assert found.image_shape == (8, 8, 1)


def test_what_was_typed_stays(folder):
    typed = frozenset({"classes", "declares"})
    found = data_file.as_declared(folder, declaring(7, None, size=5), typed)
    assert (found.classes, found.declares) == (7, {"size": 5})


def test_more_classes_than_the_run_had(folder):
    with pytest.raises(UserError, match=r"data some have 4 classes, and the run .* with 3: give"):
        data_file.as_declared(folder, declaring(4))


def test_what_cannot_be_written_is_said(tmp_path, caplog):
    data_file.keep(tmp_path, declaring(table=np.ones(3), text="a"))
    own = np.zeros(3)
    with caplog.at_level(logging.WARNING):
        found = data_file.as_declared(tmp_path, declaring(table=own, text="b"))
    assert found.declares["table"] is own
    assert found.declares["text"] == "a"
    assert "table, which the data of" in caplog.text


def test_no_secret_is_written(tmp_path):
    data_file.keep(tmp_path, declaring(server={"password": "abc"}, size=3))
    assert "abc" not in (tmp_path / data_file.NAME).read_text()
    assert data_file.read(tmp_path)["not_written"] == ["server"]


def test_a_resumed_run_is_told_what_has_changed(folder, caplog):
    with caplog.at_level(logging.WARNING):
        data_file.warn_of_changes(
            folder, declaring(3, (4, 4, 1), size=9, shape=(2, 3), names=["a", "b"])
        )
        assert not caplog.text
        data_file.warn_of_changes(folder, declaring(3, (4, 4, 1), size=8, shape=(2, 3)))
    assert "declare names=None, and it was ['a', 'b'] when" in caplog.text
    assert "declare size=8, and it was 9 when" in caplog.text


def test_a_folder_without_the_file(tmp_path):
    data = declaring(2)
    assert data_file.kept(tmp_path) is None
    assert data_file.kept(None) is None
    assert data_file.as_declared(tmp_path, data) is data
    data_file.warn_of_changes(tmp_path, data)


@pytest.mark.parametrize("text", ["{", "[]", '{"kept": {}}'])
def test_a_file_that_cannot_be_read(tmp_path, text):
    (tmp_path / data_file.NAME).write_text(text)
    with pytest.raises(UserError, match=r"data\.json cannot be read"):
        data_file.kept(tmp_path)


def test_parts_that_other_data_lack_are_zeros_of_the_run_s_shapes(tmp_path):
    parts = {"x": np.ones((2, 3), "float32"), "y": np.ones((2, 4), "int32"), "z": np.ones(2, bool)}
    split = Split(parts)
    data_file.keep(tmp_path, Dataset("some", split, None, split, labels=["y", "z"]))
    found = data_file.with_lacking_parts(tmp_path, declaring())
    assert found.labels == ["y", "z"]
    row = found.test.take(slice(None))
    assert {name: (part.shape, part.dtype.name) for name, part in row.items()} == {
        "x": ((1, 3), "float32"),
        "y": ((1, 4), "int32"),
        "z": ((1,), "bool"),
    }
    whole = Dataset("other", split, None, split)
    assert data_file.with_lacking_parts(tmp_path, whole) is whole
