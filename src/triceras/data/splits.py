"""Divides images among splits, as a pure function of a seed."""

import numpy as np


def random_words(seed: int, stream: int) -> np.random.PCG64:
    """A source of 64-bit random words.

    NumPy promises that the words of a bit generator stay the same in later versions, and makes no
    such promise for what `Generator` makes of them.

    Args:
        seed: a number of at least 0.
        stream: words of different streams are independent.
    """
    return np.random.PCG64((seed, stream))


def partition(count: int, sizes: tuple[int, ...], seed: int, stream: int = 0) -> list[np.ndarray]:
    """Divides `count` rows at random.

    Args:
        count: number of rows.
        sizes: sizes of all parts but the last one, which takes the rest.
        seed: fixes who goes where.
        stream: of `random_words`. The words of stream 0 are the first ones of NumPy's
            `default_rng(seed)`: it is for data that no such generator has made.

    Returns:
        One array of positions a part, `len(sizes) + 1` in all, which share none. Where all parts
        but the last are empty, it is in the stored order.
    """
    if not any(sizes):
        return [*(np.arange(0) for _ in sizes), np.arange(count)]
    order = np.argsort(random_words(seed, stream).random_raw(count), kind="stable")
    return np.split(order, np.cumsum(sizes))
