"""Half of the image of a digit, and a table of the ink in the other half."""

import numpy as np

from lab.data.digits import stored

HALF = 4
LARGEST_GREY = 16


def halved_digits() -> dict[str, np.ndarray]:
    """Makes two views of scikit-learn's 1,797 digits, of which each shows what the other hides.

    Returns:
        `image`, the upper half, float32 `(1797, 4, 8, 1)`; `table`, the ink in each column of the
        lower half, float32 `(1797, 8)`; `label`, the digit, int32 `(1797,)`; and `ink`, what the
        whole image has of it, float32 `(1797, 1)`. Ink is 1 where a pixel is black.

    Reference:
        [Alpaydin and Kaynak, 1998](https://doi.org/10.24432/C50P49).
    """
    grey, labels = stored()
    images = (grey / LARGEST_GREY).astype("float32")
    return {
        "image": images[:, :HALF, :, np.newaxis],
        "table": images[:, HALF:].sum(axis=1),
        "label": labels.astype("int32"),
        "ink": images.sum(axis=(1, 2))[:, np.newaxis],
    }
