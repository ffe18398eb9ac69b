import pytest

from lab.figures.outputs import output_named
from triceras.errors import UserError

pytestmark = pytest.mark.once


def test_the_only_one_needs_no_name():
    assert output_named(None, 3) == 3


def test_one_of_several_is_named():
    assert output_named("b", {"a": 1, "b": 2}) == 2


@pytest.mark.parametrize(
    ("name", "tree", "told"),
    [
        ("c", {"a": 1, "b": 2}, "use one of a, b"),
        (None, {"a": 1, "b": 2}, "use one of a, b"),
        ("a", 3, "one output"),
    ],
)
def test_what_is_not_there_is_refused(name, tree, told):
    with pytest.raises(UserError, match=told):
        output_named(name, tree)
