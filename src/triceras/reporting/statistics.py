"""How sure a mean over a few seeds is.

All functions take arrays of `n`, one for each setting, so that thousands are done at once.
"""

import functools
import itertools
import math

import numpy as np
from scipy.special import gammaln, stdtr, stdtrit

LEVEL = 0.95
# Up to here all resamples are counted; of more seeds so many are drawn.
COUNTED = 7
DRAWN = 9999


def student_half_width(n: np.ndarray, sd: np.ndarray, level: float = LEVEL) -> np.ndarray:
    """Half of Student's t interval of a mean.

    Args:
        n: how many values each mean is of.
        sd: their standard deviations, with `n - 1` below.
        level: how often such an interval holds what it is to hold.

    Returns:
        NaN where a single value says nothing of how others would be.
    """
    n, sd = np.asarray(n, float), np.asarray(sd, float)
    enough = n >= 2
    freedom = np.where(enough, n - 1, 1)
    half = stdtrit(freedom, (1 + level) / 2) * sd / np.sqrt(np.maximum(n, 1))
    return np.where(enough, half, np.nan)


def bootstrap_interval(values: np.ndarray, level: float = LEVEL) -> tuple[np.ndarray, np.ndarray]:
    """The percentile bootstrap interval of means.

    Of up to `COUNTED` values every resample is counted with its probability, so nothing is left to
    chance; of more, the same `DRAWN` resamples are taken each time.

    Args:
        values: `(settings, n)`.
        level: see `student_half_width`; with few values it holds less often than that.

    Returns:
        The lower and the upper ends, `(settings,)` each.
    """
    counts, weights = resamples(values.shape[1])
    means = values @ counts.T / values.shape[1]
    order = np.argsort(means, axis=1)
    reached = np.cumsum(weights[order], axis=1)
    ends = []
    for share in ((1 - level) / 2, (1 + level) / 2):
        place = np.argmax(reached >= share - 1e-12, axis=1)
        chosen = np.take_along_axis(order, place[:, None], axis=1)
        ends.append(np.take_along_axis(means, chosen, axis=1)[:, 0])
    return ends[0], ends[1]


@functools.cache
def resamples(n: int) -> tuple[np.ndarray, np.ndarray]:
    """How often each of `n` values is in a resample, and how probable that one is."""
    if n > COUNTED:
        counts = np.random.default_rng(0).multinomial(n, np.full(n, 1 / n), size=DRAWN)
        return counts.astype(float), np.full(DRAWN, 1 / DRAWN)
    chosen = itertools.combinations_with_replacement(range(n), n)
    counts = np.array([np.bincount(one, minlength=n) for one in chosen])
    ways = [math.factorial(n) / math.prod(map(math.factorial, row)) for row in counts.tolist()]
    return counts.astype(float), np.array(ways) / float(n) ** n


def effect_size(n: np.ndarray, mean: np.ndarray, sd: np.ndarray) -> np.ndarray:
    """Hedges' g of paired differences: their mean in their standard deviations, less its bias.

    Args:
        n: numbers of pairs.
        mean: of the differences.
        sd: of the differences.

    Returns:
        NaN where there are fewer than three pairs, or all of them differ by the same.
    """
    n, mean, sd = (np.asarray(each, float) for each in (n, mean, sd))
    enough = (n >= 3) & (sd > 0)
    half = np.where(enough, n - 1, 2) / 2
    correction = np.exp(gammaln(half) - gammaln(half - 0.5)) / np.sqrt(half)
    return np.where(enough, correction * mean / np.where(enough, sd, 1), np.nan)


def paired_p(n: np.ndarray, mean: np.ndarray, sd: np.ndarray) -> np.ndarray:
    """How probable a mean difference of at least this size would be if there were none.

    Returns:
        The two-sided p value of Student's t test; NaN as for `effect_size`, but from two pairs on.
    """
    n, mean, sd = (np.asarray(each, float) for each in (n, mean, sd))
    enough = (n >= 2) & (sd > 0)
    t = np.abs(mean) / np.where(enough, sd / np.sqrt(np.maximum(n, 1)), 1)
    return np.where(enough, 2 * stdtr(np.where(enough, n - 1, 1), -t), np.nan)


def holm(p: np.ndarray) -> np.ndarray:
    """P values for as many comparisons as there are, by Holm's rule; NaNs are no comparisons.

    Reference:
        Holm, S. (1979). A simple sequentially rejective multiple test procedure.
    """
    known = np.flatnonzero(~np.isnan(p))
    order = known[np.argsort(p[known])]
    factors = np.arange(len(order), 0, -1)
    result = np.full(len(p), np.nan)
    result[order] = np.minimum(np.maximum.accumulate(p[order] * factors), 1)
    return result
