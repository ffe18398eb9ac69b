"""Makes long, noisy curves legible."""

import numpy as np

SMOOTHED_SHARE = 0.04
BUCKETS = 2000


def moving_average(values: np.ndarray, share: float = SMOOTHED_SHARE) -> np.ndarray:
    """Averages each value with its neighbours on both sides.

    Args:
        values: array `(n,)`.
        share: of all values, how many are averaged; fewer at the ends, where the steep beginning
            of a loss must not be blurred.

    Returns:
        An array `(n,)`.
    """
    index = np.arange(len(values))
    half = np.minimum(int(share * len(values) / 2), index // 2)
    first, last = np.maximum(index - half, 0), np.minimum(index + half + 1, len(values))
    sums = np.concatenate([[0.0], np.cumsum(values)])
    return (sums[last] - sums[first]) / (last - first)


def thinned(x: np.ndarray, y: np.ndarray, buckets: int = BUCKETS) -> tuple[np.ndarray, np.ndarray]:
    """Keeps the smallest and the largest value of each bucket, which look like the whole curve.

    Args:
        x: array `(n,)`.
        y: array `(n,)`.
        buckets: number of buckets of consecutive points.

    Returns:
        `x` and `y` as they are, or of at most two points a bucket where there are more.
    """
    if len(y) <= 2 * buckets:
        return x, y
    starts = np.linspace(0, len(y), buckets, endpoint=False).astype(int)
    extremes = np.concatenate(
        [
            start + np.array([np.argmin(part), np.argmax(part)])
            for start, part in zip(starts, np.split(y, starts[1:]), strict=True)
        ]
    )
    kept = np.unique(extremes)
    return x[kept], y[kept]
