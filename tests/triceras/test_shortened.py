import pytest

from triceras.shortened import shortened

pytestmark = pytest.mark.once


def test_a_few_names_are_shown_and_how_many_more_there_are():
    assert shortened(["a", "b", "c"], 2) == "a, b and 1 more"
    assert shortened(["a", "b", "c"], 2, "; ") == "a; b and 1 more"
    assert shortened(["a", "b"], 2) == "a, b"
    assert shortened([]) == ""
