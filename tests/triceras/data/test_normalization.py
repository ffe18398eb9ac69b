import numpy as np
import pytest

from triceras.data.normalization import Normalization
from triceras.data.rows_on_disk import RowsOnDisk
from triceras.errors import UserError

pytestmark = pytest.mark.once

ROWS = np.random.default_rng(0).normal([5, -3e6, 0], [0.1, 40, 0], (5000, 3))


def test_each_feature_has_mean_0_and_deviation_1_and_a_constant_is_0():
    found = Normalization.of("x", ROWS)(ROWS)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found.mean(axis=0, dtype="float64"), 0, atol=1e-7)
    np.testing.assert_allclose(found.std(axis=0, dtype="float64"), [1, 1, 0], rtol=1e-6)
    np.testing.assert_allclose(
        found[:, :2], (ROWS[:, :2] - ROWS[:, :2].mean(0)) / ROWS[:, :2].std(0), atol=1e-6
    )


def test_a_constant_whose_mean_rounds_is_no_noise():
    x = np.full((1001, 1), 0.1)
    np.testing.assert_array_equal(Normalization.of("x", x)(x), np.zeros((1001, 1)))


@pytest.mark.parametrize("shape", [(40,), (40, 3), (40, 5, 3), (40, 4, 5, 3)])
def test_a_feature_is_a_place_in_the_last_axis(shape):
    x = np.random.default_rng(1).uniform(1, 2, shape)
    scale = Normalization.of("x", x)
    axes = tuple(range(max(1, x.ndim - 1)))
    np.testing.assert_allclose(scale.mean, x.mean(axis=axes), rtol=1e-12)
    np.testing.assert_allclose(scale.deviation, x.std(axis=axes), rtol=1e-12)
    assert scale(x).shape == shape


def test_rows_on_disk_are_normalized_when_they_are_read(tmp_path):
    x = ROWS.astype("float32")
    (tmp_path / "x").write_bytes(x.tobytes())
    stored = RowsOnDisk(tmp_path / "x", 0, (3,), np.arange(5000), stored=x.dtype)
    scale = Normalization.of("x", x)
    assert Normalization.of("x", stored).kept == scale.kept
    np.testing.assert_array_equal(scale.apply(stored)[10:20], scale(x)[10:20])


def test_it_is_kept_to_the_bit():
    scale = Normalization.of("x", ROWS)
    again = Normalization.from_kept(scale.kept)
    np.testing.assert_array_equal(again(ROWS), scale(ROWS))


def test_what_cannot_be_normalized():
    x = np.ones((5000, 2, 3), "float32")
    x[4321, 1, 0], x[4400] = -np.inf, np.nan
    with pytest.raises(UserError, match=r"the part 'x' of row 4,321 of the data .* holds -inf, "):
        Normalization.of("x", x)
    with pytest.raises(UserError, match=r"of row 677 of the data"):
        Normalization.of("x", x, np.arange(5000)[::-1] - 1)
    with pytest.raises(
        UserError, match=r"examples of shape .2,., and .* trained on had 3 features"
    ):
        Normalization.of("x", ROWS).check("x", (2,))


@pytest.mark.parametrize("large", [np.finfo("float64").max, -1e200])
def test_what_is_too_large_for_a_deviation_is_told_by_its_row(large, recwarn):
    x = np.random.default_rng(2).normal(size=(5000, 2))
    x[4500, 1] = large
    x[4700] = 1e40
    with pytest.raises(UserError, match=r"of row 4,500 of the data .* holds -?\d\.?\d*e\+\d+, "):
        Normalization.of("x", x)
    x[10] = large
    with pytest.raises(UserError, match=r"of row 10 of the data"):
        Normalization.of("x", x)
    assert not recwarn.list
