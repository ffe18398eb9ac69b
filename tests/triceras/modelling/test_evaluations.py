import pytest

from triceras.errors import UserError
from triceras.modelling.evaluations import checked

PLACE = "model.evaluations.mine"


@pytest.mark.parametrize(
    ("found", "what"),
    [
        (3.0, "returns no dictionary of names and numbers, but 3.0"),
        ({"a": "high"}, "returns 'a', which is no number: 'high'"),
        ({"a": [1, 2]}, "returns 'a', which is no number"),
        ({"test_loss": 1.0}, "returns 'test_loss', which another result is called"),
    ],
)
def test_a_result_that_is_no_number_or_hides_another_is_named(found, what):
    with pytest.raises(UserError, match=f"model.evaluations.mine {what}"):
        checked(PLACE, found, ["test_loss"])


def test_numbers_are_taken():
    assert checked(PLACE, {"a": 1, "b": 0.5}, ["c"]) == {"a": 1.0, "b": 0.5}
