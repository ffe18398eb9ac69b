"""A few cases; `python scripts/keras_table.py --operations` computes them all."""

import keras
import pytest

from triceras import engines
from triceras.keras_table.operations import cases, comparing
from triceras.keras_table.operations.computing import Work, all_ways, computed
from triceras.modelling import mends
from triceras.random.install import install, uninstall

# The sum of all values and the sum of all gradients, by JAX.
GOLDEN = {
    ("ops", "fmod(kinks, -1.7)"): (0.0, 12.369878),
    ("ops", "segment_sum(five, segments, num_segments=3)"): (-1.457919, 13.843116),
    ("ops", "rot90(cube, k=2)"): (-0.983993, 24.559174),
    ("image", "gaussian_blur(gray, (5, 3), (0.5, 2.0))"): (25.356564, 51.070565),
    ("losses", "Huber(delta=0.5)(targets, targets + 1.0)"): (0.375, 0.0),
    ("metrics", "Precision(thresholds=0.3, class_id=1)(binary, chances)"): (0.5, 0),
    ("layers", "LayerNormalization(axis=1, center=True, scale=True)(cube)"): (
        -10.017568,
        24.302591,
    ),
}


@pytest.fixture(autouse=True)
def portable():
    mends.install()
    install()
    yield
    uninstall()


@pytest.mark.in_turn
@pytest.mark.parametrize("key", GOLDEN, ids=" ".join)
@pytest.mark.slow
def test_every_way_and_backend_has_the_same_numbers(key):
    ways = [way for way in ("eager", "graph", "compiled") if way in engines.ways()]
    found = all_ways(key[1], cases.cases()[key], ways)
    verdict = comparing.compared({("", way): one for way, one in found.items()})
    assert (verdict.kind, verdict.errors) == ("", {})
    for one in found.values():
        sums = [sum(sum(a["numbers"]) for a in one[part]) for part in ("values", "gradients")]
        assert sums == pytest.approx(GOLDEN[key], rel=1e-5, abs=1e-5)


def test_an_error_takes_the_place_of_numbers():
    def function(*inputs):
        raise ValueError("no such thing\nand more")

    outcome = computed(Work(function, [], []), "compiled")
    assert outcome == {"error": "ValueError: no such thing and more"}
    assert set(all_ways("sum(x, axis=7)", keras.ops, ["compiled"])["compiled"]) == {"error"}
