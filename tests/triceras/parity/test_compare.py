import pytest

from triceras.config import compose
from triceras.parity.compare import BACKENDS, CHAOS, LOOPS, REPEAT, compare_all
from triceras.parity.evidence import LOSSES, PARTS

pytestmark = pytest.mark.once


@pytest.fixture
def tolerance():
    return compose(name="parity").tolerance


def kinds(comparisons):
    return [(c.kind, c.reference, c.other) for c in comparisons]


def test_all_pairs_of_backends_and_the_loops_of_each(evidence, tolerance):
    backends = ["jax", "tensorflow", "torch"]
    comparisons = compare_all(dict.fromkeys(backends, evidence), backends, tolerance)
    assert kinds(comparisons) == [
        (BACKENDS, "jax", "tensorflow"),
        (BACKENDS, "jax", "torch"),
        (BACKENDS, "tensorflow", "torch"),
        *((LOOPS, f"{name} custom", f"{name} fit") for name in backends),
    ]
    for comparison in comparisons:
        names = [LOSSES] if comparison.kind == LOOPS else [*PARTS, LOSSES]
        assert list(comparison.differences) == names
        assert comparison.passed
        assert all(difference.worst == 0 for difference in comparison.differences.values())


def test_a_layer_that_returns_something_else_is_named(evidence, altered, tolerance):
    def alter(other):
        for i, factor in ((1, 1.01), (2, 2.0)):
            other.tensors["layers"][f"model/layer_{i}"] *= factor

    labels = {"jax": evidence, "torch": altered(alter)}
    comparison = compare_all(labels, ["jax", "torch"], tolerance)[0]
    assert not comparison.passed
    layers = comparison.differences["layers"]
    assert (layers.first, layers.where) == ("model/layer_1", "model/layer_2")
    assert all(d.passed for name, d in comparison.differences.items() if name != "layers")


def test_a_loss_that_departs_is_named_by_its_step(evidence, altered, tolerance):
    def alter(other):
        other.losses["custom"]["loss"][3:] += 0.01

    labels = {"jax": evidence, "torch": altered(alter)}
    comparisons = compare_all(labels, ["jax", "torch"], tolerance)
    assert [c.passed for c in comparisons] == [False, True, False]
    for comparison in (comparisons[0], comparisons[2]):
        assert comparison.differences[LOSSES].first == 3


def test_one_bit_is_too_much_for_a_repetition(evidence, altered, tolerance):
    def alter(other):
        other.losses["fit"]["loss"][4] *= 1 + 2**-23

    labels = {"jax": evidence, "jax-again": altered(alter)}
    comparisons = [c for c in compare_all(labels, ["jax"], tolerance) if c.kind == REPEAT]
    assert [(c.other, c.passed) for c in comparisons] == [
        ("jax custom again", True),
        ("jax fit again", False),
    ]
    assert comparisons[1].differences[LOSSES].first == 4


def test_chaos_is_no_failure(evidence, altered, tolerance):
    def alter(other):
        other.losses = {"custom": {"loss": other.losses["custom"]["loss"] * 2}}

    labels = {"jax": evidence, "torch": evidence, "jax-moved": altered(alter)}
    chaos = compare_all(labels, ["jax", "torch"], tolerance)[-1]
    assert (chaos.kind, chaos.other) == (CHAOS, "jax moved by 1 ulp")
    assert chaos.differences[LOSSES].first == 0
    assert chaos.passed


def test_layers_that_one_framework_hides(evidence, altered, tolerance):
    def alter(other):
        del other.tensors["layers"]["model/layer_1"]

    hidden = altered(alter)
    labels = {"jax": hidden, "torch": evidence}
    assert not compare_all(labels, ["jax", "torch"], tolerance)[0].passed
    hidden.facts["unseen_layers"] = ["model/layer_1"]
    assert compare_all(labels, ["jax", "torch"], tolerance)[0].passed


def test_several_objectives_have_one_loop(evidence, altered, tolerance):
    one = altered(lambda other: other.losses.pop("fit"))
    assert kinds(compare_all({"jax": one, "torch": one}, ["jax", "torch"], tolerance)) == [
        (BACKENDS, "jax", "torch")
    ]
