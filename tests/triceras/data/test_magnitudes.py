import numpy as np
import pytest

from triceras.data.dataset import Split
from triceras.data.magnitudes import magnitudes


@pytest.mark.once
def test_numbers_with_a_point_and_bytes_of_pixels_have_a_scale():
    rows = np.arange(12, dtype="float32").reshape(4, 3) - 20
    rows[0, 0], rows[1, 1] = np.nan, np.inf
    words = np.full((4, 5), 30_000)
    pixels, labels = np.full((4, 2, 2), 255, "uint8"), np.arange(4, dtype="uint8")
    parts = {"rows": rows, "words": words, "pixels": pixels, "labels": labels}
    found = magnitudes(Split(parts), list(parts))
    expected = [[17.0, 19.0, 18.0], [np.nan], [255.0], [np.nan]]
    for one, wanted in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, wanted)
