import shlex

import pytest

from triceras.config import compose
from triceras.merged import tell

pytestmark = pytest.mark.once


@pytest.fixture
def said(caplog):
    """A function that gives what is told of words."""

    def said(*words):
        caplog.clear()
        tell(compose(["experiment=linear", *words]))
        return caplog.messages

    return said


def test_a_weight_that_stays_is_told_of_with_what_replaces_all(said):
    written = "++model.class_weight={0: 1.0, 1: 2.0}"  # as in the file of an experiment
    (message,) = said(written, "model.class_weight={0: 5}")
    assert message.startswith(
        "model.class_weight={0: 5} is merged with what the configuration has there, and leaves 1 "
        "as it is: "
    )
    cure = [word for word in shlex.split(message) if word.startswith(("~", "+"))]
    assert cure == ["~model.class_weight", "+model.class_weight={0: 5}"]
    assert compose(["experiment=linear", written, *cure]).model.class_weight == {0: 5}


@pytest.mark.parametrize(
    "word",
    [
        "model.class_weight={0: 5}",
        "++figures={format: [svg]}",
        "optimizer={learning_rate: 0.5}",
        "model.network={}",
    ],
)
def test_what_adds_on_purpose_or_leaves_nothing_is_not(said, word):
    assert not said(word)


def test_an_empty_group_leaves_all_of_it(said):
    (message,) = said("figures={}")
    assert message.endswith("leaves format, every, draw as it is")
