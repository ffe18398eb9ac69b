import math

import numpy as np
import pytest

from triceras.parity.difference import (
    compare_losses,
    compare_tensors,
    loss_differences,
    relative_difference,
)

pytestmark = pytest.mark.once

ONES = np.ones((2, 3), "float32")


def test_relative_to_the_largest_element():
    one = np.array([1e-6, -4.0], "float32")
    other = np.array([2e-6, -4.0], "float32")
    assert relative_difference(one, other) == pytest.approx(1e-6 / 4)
    assert relative_difference(one, one.copy()) == 0


def test_the_last_bit_counts():
    moved = np.nextafter(ONES, np.float32(2))
    assert relative_difference(ONES, moved) == pytest.approx(2**-23)


@pytest.mark.parametrize(
    "other",
    [
        np.ones((3, 2), "float32"),
        np.full((2, 3), np.nan),
        np.full((2, 3), np.inf),
    ],
)
def test_what_cannot_be_compared_is_infinitely_far(other):
    assert relative_difference(ONES, other) == math.inf
    assert relative_difference(other, ONES) == math.inf


def test_zeros_against_something():
    assert relative_difference(0 * ONES, ONES) == math.inf
    assert relative_difference(0 * ONES, 0 * ONES) == 0


def test_equal_where_both_are_not_finite():
    array = np.array([np.nan, np.inf, 1.0])
    assert relative_difference(array, array.copy()) == 0
    assert relative_difference(array, array + 1) == math.inf


def test_what_is_not_finite_may_be_wrong_on_both_sides():
    broken = {"a": ONES, "b": np.full(3, np.nan)}
    assert compare_tensors(broken, broken, 1e-5).passed
    assert compare_tensors(broken, broken, 1e-5, finite=True).first == "b"


def test_losses_of_other_steps_or_objectives_are_infinitely_different():
    losses = {"loss": np.arange(1.0, 6.0)}
    for other in ({"loss": np.ones(1)}, {**losses, "kl": np.ones(5)}, {"kl": losses["loss"]}):
        found = loss_differences(losses, other)
        assert found.shape == (5,)
        assert np.isinf(found).all()


def test_tensors_name_the_first_and_the_worst():
    reference = {name: ONES for name in "abcd"}
    other = {"a": ONES + 1e-6, "b": ONES + 1e-3, "c": ONES + 1e-1, "d": ONES}
    difference = compare_tensors(reference, other, 1e-5)
    assert (difference.first, difference.where) == ("b", "c")
    assert difference.first_value == pytest.approx(1e-3, rel=1e-3)
    assert difference.worst == pytest.approx(1e-1, rel=1e-3)
    assert not difference.passed
    assert compare_tensors(reference, other, 0.2).passed


def test_a_tensor_that_one_side_lacks():
    for pair in (({"a": ONES, "b": ONES}, {"a": ONES}), ({"a": ONES}, {"a": ONES, "b": ONES})):
        difference = compare_tensors(*pair, 1e-5)
        assert (difference.first, difference.worst) == ("b", math.inf)
        assert compare_tensors(*pair, 1e-5, unseen=["b"]).passed


@pytest.mark.parametrize("name", ["a/b", "a/b [0]", "a/b call 2", "a/b call 12 [0][x]"])
def test_one_side_may_lack_any_call_and_part_of_an_unseen_layer(name):
    assert compare_tensors({name: ONES}, {}, 1e-5, unseen=["a/b"]).passed
    assert compare_tensors({name: ONES}, {}, 1e-5, unseen=["a/b call 3"]).passed
    assert not compare_tensors({name: ONES}, {}, 1e-5, unseen=["a", "b", "a/b/c"]).passed


def test_nothing_to_compare():
    difference = compare_tensors({}, {}, 1e-5)
    assert difference.passed
    assert (difference.worst, difference.where) == (0, None)


def test_losses_name_the_step_at_which_they_depart():
    reference = np.linspace(2, 1, 10, dtype="float32")
    other = reference.copy()
    other[6:] *= 1 + 1e-4
    other[8] *= 1 + 1e-3
    difference = compare_losses({"loss": reference}, {"loss": other}, 1e-5)
    assert (difference.first, difference.where) == (6, 8)
    assert difference.first_value == pytest.approx(1e-4, rel=1e-2)


def test_the_worst_of_several_objectives_counts():
    steps = np.ones(4)
    one = {"generator": steps, "discriminator": steps}
    other = {"generator": steps, "discriminator": np.array([1, 1, 1.5, 1])}
    np.testing.assert_allclose(loss_differences(one, other), [0, 0, 0.5, 0])
    assert compare_losses(one, other, 1e-5).first == 2


def test_a_loss_near_zero_is_compared_to_what_rounds_it():
    one, other = (
        np.array([0, 1e-7, 0.02, np.nan, 1]),
        np.array([1e-8, 2e-7, 0.02002, np.nan, np.nan]),
    )
    differences = loss_differences({"loss": one}, {"loss": other})
    np.testing.assert_allclose(differences, [1e-6, 1e-5, 1e-3, math.inf, math.inf], rtol=1e-6)
