import shlex

import pytest

from triceras.config import compose
from triceras.errors import UserError
from triceras.replaced import check

pytestmark = pytest.mark.once

COSINE = ("experiment=linear", "optimizer=adam_cosine")


def test_a_schedule_that_an_experiment_replaces_is_named_with_what_takes_it():
    with pytest.raises(UserError) as caught:
        check(compose(COSINE))
    said = str(caught.value)
    assert said.startswith(
        "optimizer=adam_cosine builds optimizer.learning_rate by CosineDecay, and "
        "experiment=linear sets it to 0.1, which would count: "
    )
    cure = next(word for word in shlex.split(said) if word.startswith("optimizer.learning_rate="))
    cured = compose([*COSINE, cure.rstrip(",")])
    check(cured)
    assert cured.optimizer.learning_rate == {
        "_target_": "keras.optimizers.schedules.CosineDecay",
        "initial_learning_rate": 2e-3,
        "decay_steps": None,
        "alpha": 0.0,
    }


@pytest.mark.parametrize(
    "words",
    [
        ("experiment=linear",),
        ("experiment=linear", "optimizer=adam"),
        ("experiment=classifier", "optimizer=adam_cosine"),
        (*COSINE, "optimizer.learning_rate=0.5"),
    ],
    ids=["nothing typed", "nothing built", "nothing replaced", "typed"],
)
def test_what_is_meant_is_taken(words):
    check(compose(words))
