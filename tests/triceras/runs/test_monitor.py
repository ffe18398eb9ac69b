import pytest

from triceras.runs.monitor import monitored

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("metrics", "name", "found"),
    [
        ({"loss": 1, "val_loss": 2}, "val_loss", "val_loss"),
        ({"loss": 1, "val_loss": 2}, "loss", "loss"),
        ({"loss": 1}, "val_loss", "loss"),
        ({"loss": 0.0}, "val_loss", "loss"),
        ({"loss": 1}, "val_accuracy", None),
        ({"val_loss": None, "loss": 1}, "val_loss", "loss"),
        ({}, "loss", None),
    ],
)
def test_monitored(metrics, name, found):
    assert monitored(metrics, name) == found
