import numpy as np
import pytest

from triceras.data import bucketing
from triceras.data.bucketing import check_buckets
from triceras.data.python_source import load
from triceras.data.stream import load as load_stream
from triceras.errors import UserError
from triceras.testing.small.sentences import sentence

pytestmark = pytest.mark.once

PAD = {"words": [3, 6, 12], "even": [4, 8, 12]}
OPTIONS = {"source": "triceras.testing.small.sentences.Sentences", "pad": PAD, "test_size": 21}


@pytest.mark.parametrize("memory_mb", [0, 1])
def test_a_row_is_in_the_first_bucket_that_holds_it(memory_mb):
    data = load(**OPTIONS, memory_mb=memory_mb)
    for split in (data.train, data.validation, data.test):
        lengths = [len(sentence(number)["words"]) for number in split.numbers]
        np.testing.assert_array_equal(split.buckets, np.searchsorted([3, 6, 12], lengths))
    assert data.declares == {"words_length": 12, "even_length": 12}


def test_a_bucket_holds_all_its_parts():
    data = load(**(OPTIONS | {"pad": {"words": [6, 12], "even": [2, 12]}}))
    lengths = np.array([len(sentence(number)["words"]) for number in data.train.numbers])
    np.testing.assert_array_equal(data.train.buckets, (lengths > 2).astype(int))


def test_a_run_keeps_the_buckets_of_what_is_not_in_memory(monkeypatch):
    first = load(**OPTIONS, memory_mb=0)
    assert len(first.kept["buckets"]["train"]) == len(first.train)
    assert not load(**OPTIONS, memory_mb=1).kept
    looked = bucketing.buckets_of
    looks = []
    monkeypatch.setattr(bucketing, "buckets_of", lambda *a: looks.append(a) or looked(*a))
    again = load(**OPTIONS, memory_mb=0, kept=first.kept)
    np.testing.assert_array_equal(again.train.buckets, first.train.buckets)
    assert again.kept == first.kept
    assert not looks
    load(**(OPTIONS | {"pad": {"words": [5, 12], "even": 12}}), memory_mb=0, kept=first.kept)
    assert len(looks) == 1, "all splits of a source at one go"


@pytest.mark.slow
def test_workers_make_the_same_rows():
    alone, helped = (load(**OPTIONS, memory_mb=0, workers=n).train for n in (0, 1))
    rows = np.array([5, 1, 8])
    for name, array in alone.take_step(0, rows, ["words", "label"]).items():
        np.testing.assert_array_equal(helped.take_step(0, rows, ["words", "label"])[name], array)
    helped.close()


@pytest.mark.parametrize(
    ("pad", "message"),
    [
        ({"x": [3]}, r"data.pad.x=\[3\] are no buckets"),
        ({"x": [6, 3]}, r"data.pad.x=\[6, 3\] are no buckets"),
        ({"x": [3, 0]}, r"data.pad=\{'x': 0\} is unknown"),
        ({"x": [3, 6], "y": [1, 2, 3]}, r"several parts \(2 of x, 3 of y\): give as many of each"),
        ({"x": "long"}, "is unknown"),
    ],
)
def test_what_are_no_buckets_is_told(pad, message):
    with pytest.raises(UserError, match=message):
        check_buckets(pad)


def test_the_longest_is_what_rows_are_filled_up_to():
    assert check_buckets({"x": [3, 6], "y": 5}) == ({"x": 6, "y": 5}, {"x": [3, 6]})
    assert check_buckets(None) == ({}, {})


def test_a_stream_has_no_buckets():
    options = {"source": f"{__name__}.sentence", "steps_per_epoch": 1, "batch_size": 1}
    with pytest.raises(UserError, match="use data=python, which has buckets"):
        load_stream(**options, test_size=1, pad=PAD)


def test_a_mask_may_leave_out_places_before_its_end():
    mask = np.array([[0, 1, 1, 1], [0.5, 0, 0, 0], [0, 0, 0, 0]])
    np.testing.assert_array_equal(bucketing.lengths_of(mask), [4, 1, 0])
