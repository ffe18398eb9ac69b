import numpy as np
import pytest

from triceras.data.transforms import bernoulli, grey_levels, threshold

pytestmark = pytest.mark.once


def test_grey_levels():
    images = np.array([[[0, 128], [255, 51]]], "uint8")
    levels = grey_levels(images, 255, scale=True)
    assert levels.dtype == np.float32
    np.testing.assert_array_equal(levels, np.float32([[[0, 128 / 255], [1, 0.2]]]))
    np.testing.assert_array_equal(grey_levels(images, 255, scale=False), images)


def test_grey_levels_are_contiguous_and_leave_the_source_alone():
    images = np.asfortranarray(np.full((3, 4, 5), 10, "uint8"))
    images.flags.writeable = False
    levels = grey_levels(images, 10, scale=True)
    assert levels.flags.c_contiguous
    assert (levels == 1).all()
    assert (images == 10).all()


def test_threshold():
    levels = np.array([0, 0.5, 0.500001, 1], "float32")
    assert threshold(levels).dtype == np.float32
    assert threshold(levels).tolist() == [0, 0, 1, 1]


def test_bernoulli_draws_with_the_probability_of_the_grey_level():
    grey = np.array([0, 0.1, 0.5, 0.9, 1], "float32")
    levels = np.broadcast_to(grey, (20_000, 5))
    drawn = bernoulli(levels, seed=0, stream=1)
    assert drawn.dtype == np.float32
    assert set(np.unique(drawn)) == {0, 1}
    error = np.sqrt(grey * (1 - grey) / 20_000)
    assert (np.abs(drawn.mean(axis=0) - grey) <= 4 * error).all()


def test_bernoulli_is_fixed_by_seed_and_stream():
    levels = np.full((50, 8, 8), 0.5, "float32")
    drawn = bernoulli(levels, seed=0, stream=1)
    np.testing.assert_array_equal(drawn, bernoulli(levels, seed=0, stream=1))
    np.testing.assert_array_equal(drawn[:20], bernoulli(levels[:20], seed=0, stream=1))
    for seed, stream in ((1, 1), (0, 2)):
        other = bernoulli(levels, seed, stream)
        assert abs(np.corrcoef(drawn.ravel(), other.ravel())[0, 1]) < 4 / np.sqrt(drawn.size)


def test_an_image_is_drawn_alike_whichever_others_are_drawn():
    levels = np.full((50, 8, 8), 0.5, "float32")
    numbers = np.array([7, 3, 40, 40])
    some = bernoulli(levels[numbers], 0, 1, numbers)
    np.testing.assert_array_equal(some, bernoulli(levels, 0, 1)[numbers])


def test_bernoulli_of_no_image():
    assert bernoulli(np.zeros((0, 8, 8), "float32"), 0, 1).shape == (0, 8, 8)
