import pytest

from triceras.errors import UserError
from triceras.modelling.evaluations import asks_for_train, checked

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


def test_training_examples_are_made_where_they_are_asked_for():
    assert asks_for_train({"_target_": f"{__name__}.of_both"})
    assert not asks_for_train({"_target_": f"{__name__}.of_test"})
    assert not asks_for_train({"_target_": "nowhere.at_all"})


def of_both(data, train):
    return {}


def of_test(data):
    return {}
