import numpy as np
import pytest

from triceras.data.categories import (
    check_words,
    declared,
    is_text,
    numbers_of,
    vocabulary_of,
)
from triceras.errors import UserError

pytestmark = pytest.mark.once

TEXTS = np.array([["b", "a"], ["c", "b"]])


def test_texts_are_numbered_in_their_order():
    words = vocabulary_of([TEXTS, np.array([b"d", b"a"])])
    assert words == ["a", "b", "c", "d"]
    found = numbers_of("x", TEXTS, words, "here")
    assert found.dtype == np.int32
    np.testing.assert_array_equal(found, [[1, 0], [2, 1]])
    np.testing.assert_array_equal(numbers_of("x", TEXTS, ["c", "b", "a"], "here"), [[1, 2], [0, 1]])


def test_what_is_a_text():
    assert [is_text(np.array(one)) for one in (["a"], [b"a"], [1], [1.0], [True])] == [
        True, True, False, False, False,
    ]  # fmt: skip


def test_a_text_that_is_not_known_is_told():
    with pytest.raises(UserError, match=r"here: the part 'x' has 'b', 'c', which .* knows 'a'$"):
        numbers_of("x", TEXTS, ["a"], "here")


def test_what_a_model_may_be_built_with():
    words = {"city": ["a", "b"], "kind": ["x"]}
    assert declared(words, "kind") == {"city_vocabulary_size": 2, "vocabulary_size": 2}
    assert declared(words, None) == {"city_vocabulary_size": 2, "kind_vocabulary_size": 1}
    assert declared({"home town": ["a"]}, None)["home_town_vocabulary_size"] == 1


@pytest.mark.parametrize(
    ("words", "refused"),
    [
        (["-0.5", "10.25", "9"], True),
        (["1.5", "2.5", "NA"], True),
        (["-1", "0", "1"], True),
        (["1e3", "2e3", "Ulm", "Bonn", "Jena"], False),
        (["007", "10", "9"], False),
        (["-1", "1"], False),
        (["2026-11-30", "2026-12-01", "2027-01-01"], False),
    ],
)
def test_numbers_that_are_texts_are_refused(words, refused):
    if not refused:
        return check_words("x", words, "here")
    with pytest.raises(
        UserError, match=r"^here: the part 'x' holds numbers as texts \('.+', \.\.\.\)"
    ):
        check_words("x", words, "here")
