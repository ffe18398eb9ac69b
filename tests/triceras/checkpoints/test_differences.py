import pytest

from triceras.checkpoints.differences import ALLOWED, HARMLESS, differences

pytestmark = pytest.mark.once

CONFIG = {
    "backend": {"name": "jax", "environment": {}},
    "optimizer": {"learning_rate": 0.001},
    "epochs": 3,
    "data": {"path": "a", "flatten": True},
    "model": {"metrics": [{"name": "a"}]},
}


def changed(**parts):
    return differences(CONFIG, CONFIG | parts, ALLOWED)


def test_the_difference_is_shown():
    assert changed(optimizer={"learning_rate": 0.01}) == ["optimizer.learning_rate: 0.001 -> 0.01"]
    assert changed(optimizer={}) == [
        "optimizer: (absent) -> {}",
        "optimizer.learning_rate: 0.001 -> (absent)",
    ]
    assert changed(model={"metrics": []}) == [
        "model.metrics: (absent) -> []",
        "model.metrics[0].name: a -> (absent)",
    ]


def test_what_may_change():
    assert changed(backend={"name": "torch"}, epochs=9) == []
    assert changed(data={"path": "b", "flatten": True}, logger={"mode": "online"}) == []
    # Not what only begins like it.
    assert changed(epochs_more=1) == ["epochs_more: (absent) -> 1"]


def test_a_run_that_is_found_by_itself_must_be_on_the_same_backend():
    assert differences(CONFIG, CONFIG | {"epochs": 4}, HARMLESS) == ["epochs: 3 -> 4"]
