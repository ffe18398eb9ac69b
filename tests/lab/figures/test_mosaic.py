import numpy as np
import pytest
from matplotlib.figure import Figure

from lab.figures.mosaic import draw_mosaic, gap_between, mosaic

pytestmark = pytest.mark.once

IMAGES = np.arange(2 * 3 * 4 * 5, dtype="float32").reshape(2, 3, 4, 5)


def test_mosaic_holds_each_image_in_its_place():
    joined = mosaic(IMAGES)
    assert joined.shape == (2 * 5 - 1, 3 * 6 - 1)
    for row, column in np.ndindex(2, 3):
        part = joined[row * 5 : row * 5 + 4, column * 6 : column * 6 + 5]
        np.testing.assert_array_equal(part, IMAGES[row, column])
    assert np.isfinite(joined).sum() == IMAGES.size


def test_the_gap_grows_with_the_images():
    assert gap_between(np.zeros((1, 1, 8, 8))) == 1
    assert gap_between(np.zeros((1, 1, 28, 28))) == 2


def test_labels_stand_at_the_middle_of_their_images():
    axes = Figure().subplots()
    shown = draw_mosaic(axes, IMAGES, ["a", "b"], ["x", "y", "z"], vmin=0, vmax=50)
    assert list(axes.get_yticks()) == [1.5, 6.5]
    assert list(axes.get_xticks()) == [2, 8, 14]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["x", "y", "z"]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["a", "b"]
    assert shown.get_clim() == (0, 50)
    np.testing.assert_array_equal(shown.get_array().filled(np.nan), mosaic(IMAGES))


def test_no_labels_no_ticks():
    axes = Figure().subplots()
    draw_mosaic(axes, IMAGES)
    assert len(axes.get_xticks()) == len(axes.get_yticks()) == 0


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_colours_of_bytes_are_not_white(dtype):
    images = np.full((1, 2, 3, 3, 3), 51, dtype)
    np.testing.assert_allclose(mosaic(images)[:3, :3], 0.2)
    np.testing.assert_allclose(mosaic((images / 255).astype("float32"))[:3, :3], 0.2)
