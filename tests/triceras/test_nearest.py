import pytest

from triceras.nearest import is_slip, nearest

pytestmark = pytest.mark.once

KEYS = ["epochs", "model", "model.loss", "model.network.units", "callback.checkpoints.mode", "seed"]


@pytest.mark.parametrize(
    ("key", "found"),
    [
        ("epoch", ["epochs"]),
        ("modle", ["model"]),
        ("model.los", ["model.loss"]),
        ("model.network.unitz", ["model.network.units"]),
        ("units", ["model.network.units"]),
        ("model.network.depth", []),
        ("nothing_like_it", []),
    ],
)
def test_the_key_that_was_meant(key, found):
    assert nearest(key, KEYS)[:1] == found


def test_a_slip_of_the_fingers_is_no_new_name():
    assert is_slip("optimizer.learning_rte", "optimizer.learning_rate")
    assert not is_slip("optimizer.beta_3", "optimizer.beta_2")
