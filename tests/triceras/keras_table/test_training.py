"""A few lines of the table; `python scripts/keras_table.py` trains them all."""

import pytest

from triceras.keras_table.compare import TOLERANCE
from triceras.keras_table.table import cases
from triceras.keras_table.training import trained, tried
from triceras.random.install import install, uninstall

# The loss of step 19 and of the finished model, by JAX in the custom loop.
GOLDEN = {
    ("layer", "BatchNormalization renorm"): (0.7430827, 0.9824790),
    ("constraint", "MinMaxNorm"): (1.0543817, 1.6601726),
    ("optimizer", "Adam gradient_accumulation_steps ema_overwrite_frequency"): (
        0.9117022,
        1.7103900,
    ),
}


@pytest.fixture(autouse=True)
def portable():
    install()
    yield
    uninstall()


@pytest.mark.in_turn
@pytest.mark.parametrize("loop", ["custom", "fit"])
@pytest.mark.parametrize("key", GOLDEN, ids=" ".join)
@pytest.mark.slow
def test_every_loop_and_backend_has_one_curve(key, loop):
    curve = trained(cases()[key], loop)
    assert len(curve) == 23
    assert (curve[19], curve[-1]) == pytest.approx(GOLDEN[key], rel=TOLERANCE)


def test_an_error_takes_the_place_of_a_curve(monkeypatch):
    def fail(*arguments):
        raise ValueError("no such thing\nand more")

    monkeypatch.setattr("triceras.keras_table.training.trained", fail)
    outcome = tried(cases()["layer", "Dense"], "custom")
    assert outcome == {"error": "ValueError: no such thing and more", "notes": []}
