import numpy as np
import pytest

from triceras.data.dataset import Dataset, Split
from triceras.data.parts import inputs_of, labels_of
from triceras.errors import UserError

pytestmark = pytest.mark.once


def data_of(*names, **options):
    split = Split({name: np.zeros(2) for name in names})
    return Dataset("own", split, None, split, **options)


def test_what_a_data_set_says_counts():
    data = data_of("a", "b", "c", inputs=["b", "c"], labels={"out": "a"})
    assert inputs_of(data) == ["b", "c"]
    assert labels_of(data) == {"out": "a"}


def test_without_a_word_the_first_part_is_the_input():
    assert inputs_of(data_of("a", "b")) == "a"
    assert labels_of(data_of("a", "b")) == "b"
    assert labels_of(data_of("a", "b", "label")) == "label"
    assert labels_of(data_of("a", "b", "c", inputs=["a", "c"])) == "b"
    # As files come, in the order of the alphabet.
    assert inputs_of(data_of("label", "pixels")) == "pixels"
    assert labels_of(data_of("label", "pixels", "sample_weight")) == "label"
    assert inputs_of(data_of("label")) == "label"


def test_several_parts_of_which_none_is_the_label_are_told():
    with pytest.raises(UserError, match=r"own do not say .* one of a, b, c, as in model.targets=b"):
        labels_of(data_of("a", "b", "c"))
