"""MixUp and CutMix against their definitions."""

import numpy as np
import pytest
from scipy import stats

from triceras.augment import CutMix, MixUp
from triceras.augment.mixing import partners, shares
from triceras.errors import UserError
from triceras.random import key_of, split, uniform_from_key

LABEL = np.arange(8, dtype="int32") % 3
ROWS = np.eye(3, dtype="float32")[LABEL]
WEIGHT = np.array([0, 0, 1, 2, 1, 3, 1, 1], "float32")


def drawn(alpha, number):
    keys = split(key_of(5), number)
    return partners(keys[0], 8, np), shares(keys[1], 8, alpha, np).astype("float64"), keys


def expected_targets(other, share, weight=None):
    own, others = share, 1 - share
    if weight is None:
        return own[:, None] * ROWS + others[:, None] * ROWS[other]
    own, others = own * weight, others * weight[other]
    total = own + others
    share = np.where(total > 0, own / np.where(total > 0, total, 1), share)[:, None]
    return share * ROWS + (1 - share) * ROWS[other], total


@pytest.mark.in_turn
@pytest.mark.slow_on("jax", "tensorflow")
def test_examples_are_mixed_with_others_of_their_batch(images, everywhere):
    parts = images | {"label": LABEL}
    whole = images["grey"].dtype == np.uint8
    augment = MixUp(["grey", "colour"], alpha=1.0, classes=3)
    found = everywhere(augment, parts, rtol=1e-5, atol=1e-5)
    other, share, _ = drawn(1.0, 2)
    assert set(np.where(share > 0.5, 1, 0)) == {0, 1}
    for name, x in images.items():
        mixed = share[:, None, None, None] * x + (1 - share)[:, None, None, None] * x[other]
        assert found[name].dtype == x.dtype
        np.testing.assert_allclose(found[name], mixed, rtol=1e-5, atol=0.51 if whole else 1e-5)
    np.testing.assert_allclose(found["label"], expected_targets(other, share), atol=1e-6)


@pytest.mark.in_turn
@pytest.mark.slow_on("jax", "tensorflow")
def test_a_box_is_of_another_picture(images, everywhere):
    parts = images | {"label": LABEL}
    found = everywhere(CutMix(["grey", "colour"], classes=3), parts, rtol=1e-6, atol=1e-7)
    other, share, keys = drawn(1.0, 3)
    middle = uniform_from_key(keys[2], (8, 2), np)
    area = np.zeros(8)
    for i in range(8):
        box = np.zeros((5, 6), bool)
        height, width = (int(np.sqrt(1 - share[i]) * n) for n in (5, 6))
        top, left = int(middle[i, 0] * 5) - height // 2, int(middle[i, 1] * 6) - width // 2
        box[max(top, 0) : max(top + height, 0), max(left, 0) : max(left + width, 0)] = True
        area[i] = box.mean()
        for name, x in images.items():
            np.testing.assert_array_equal(found[name][i][box], x[other[i]][box])
            np.testing.assert_array_equal(found[name][i][~box], x[i][~box])
    assert 0 < area.max() < 1
    np.testing.assert_allclose(found["label"], expected_targets(other, 1 - area), atol=1e-6)


@pytest.mark.in_turn
@pytest.mark.parametrize("shape", [(8,), (8, 1)])
@pytest.mark.slow_on("jax", "tensorflow")
def test_the_loss_of_a_mixture_counts_both_as_they_weigh(everywhere, shape):
    x = np.arange(16, dtype="float32").reshape(8, 2)
    parts = {"x": x, "label": ROWS, "weight": WEIGHT.reshape(shape)}
    found = everywhere(MixUp("x", weight="weight", alpha=1.0), parts, rtol=1e-5, atol=1e-5)
    other, share, _ = drawn(1.0, 2)
    targets, total = expected_targets(other, share, WEIGHT)
    assert found["weight"].shape == shape
    np.testing.assert_allclose(found["weight"].ravel(), total, rtol=1e-5)
    np.testing.assert_allclose(found["label"], targets, atol=1e-6)
    log = np.log([0.2, 0.5, 0.3])
    loss = found["weight"].ravel() * -(found["label"] * log).sum(-1)
    each = WEIGHT * -(ROWS * log).sum(-1)
    np.testing.assert_allclose(loss, share * each + (1 - share) * each[other], rtol=1e-5)


def test_labels_outside_training_are_rows_too():
    from keras import ops

    for augment in (MixUp("x", classes=3), CutMix("x", classes=3)):
        for array in (np.asarray, ops.convert_to_tensor):
            for label in (LABEL, LABEL[:, None], ROWS):
                found = augment.outside_training({"x": 1, "label": array(label)})
                assert found["x"] == 1
                np.testing.assert_array_equal(ops.convert_to_numpy(found["label"]), ROWS)


@pytest.mark.slow
@pytest.mark.once
def test_every_other_example_is_as_likely_and_none_is_mixed_with_itself():
    seen = np.array([partners(key_of(seed), 5, np) for seed in range(2000)])
    for i in range(5):
        counts = np.bincount(seen[:, i], minlength=5)
        assert counts[i] == 0
        assert np.abs(np.delete(counts, i) - 500).max() < 100
    assert partners(key_of(0), 1, np).tolist() == [0]
    assert partners(key_of(0), 2, np).tolist() == [1, 0]


@pytest.mark.once
@pytest.mark.parametrize("alpha", [0.2, 1.0, 3.0])
def test_shares_are_of_a_beta_distribution(alpha):
    found = shares(key_of(1), 20000, alpha, np)
    assert found.dtype == np.float32
    # At places in between, as float32 rounds what is nearly 1.
    places = np.linspace(0.01, 0.99, 50)
    expected = stats.beta(alpha, alpha).cdf(places)
    share = (found[:, None] <= places).mean(axis=0)
    assert (np.abs(share - expected) < 5 * np.sqrt(expected * (1 - expected) / 20000)).all()


@pytest.mark.once
def test_what_cannot_be_mixed():
    for kind in (MixUp, CutMix):
        with pytest.raises(UserError, match="alpha=0 is no parameter"):
            kind("x", alpha=0)
    parts = {"x": np.zeros((8, 4, 4, 1), "float32"), "label": LABEL}
    for kind in (MixUp, CutMix):
        assert kind("x").parts == ("x", "label")
        with pytest.raises(UserError, match=r"the part 'label' is int32 .* give classes=<int>"):
            kind("x")(parts, key_of(0), np)
    with pytest.raises(UserError, match="the part 'x' is int32, which cannot be mixed"):
        MixUp("x", classes=3)(parts | {"x": LABEL}, key_of(0), np)
