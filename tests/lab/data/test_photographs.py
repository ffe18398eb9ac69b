import numpy as np
import pytest
from sklearn.datasets import load_sample_images

from lab.data.photographs import photographs

pytestmark = pytest.mark.once

SPLITS = ("train", "validation", "test")


@pytest.fixture(scope="module")
def splits():
    return {split: photographs(split) for split in SPLITS}


def test_pieces_are_as_they_stand_in_the_photographs(splits):
    temple, flower = load_sample_images().images
    first, last = splits["test"]["image"][0], splits["train"]["image"][-1]
    np.testing.assert_array_equal(first, temple[:32, :32])
    np.testing.assert_array_equal(last, flower[352:384, 608:640])


def test_every_split_has_every_class(splits):
    counts = {split: np.bincount(parts["label"]).tolist() for split, parts in splits.items()}
    held_out = [100, 100, 100, 300]
    expected = {"train": [300, 300, 300, 900], "validation": held_out, "test": held_out}
    assert counts == expected


def test_no_pixel_is_in_two_splits(splits):
    """Pieces at the same place of their blocks share nothing, and there are all blocks of them."""
    found = [piece.tobytes() for parts in splits.values() for piece in parts["image"][::25]]
    expected = [
        photograph[row : row + 32, column : column + 32].tobytes()
        for photograph in load_sample_images().images
        for row in range(0, 384, 64)
        for column in range(0, 640, 64)
    ]
    assert sorted(found) == sorted(expected)


def test_the_upper_part_of_the_temple_is_sky(splits):
    parts = splits["train"]
    blue = [parts["image"][parts["label"] == label, ..., 2].mean() for label in range(4)]
    assert blue[0] == max(blue)
