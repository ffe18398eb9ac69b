"""How far the first two moments of two samples are apart."""

import numpy as np


def frechet_distance(x: np.ndarray, y: np.ndarray) -> float:
    """The squared Fréchet distance of the Gaussians that have the moments of two samples.

    |m_x - m_y|^2 + tr(C_x + C_y - 2 (C_x C_y)^(1/2)). It is biased upwards for small samples, so
    compare only values of equally many rows.

    Args:
        x: array `(n, features)`.
        y: array `(m, features)`.

    Returns:
        The distance, in squared units of the features; 0 for equal moments.

    Reference:
        [Heusel et al., 2017](https://arxiv.org/abs/1706.08500), with the features of Inception.
    """
    x, y = (np.asarray(a, "float64") for a in (x, y))
    shift = np.mean(x, axis=0) - np.mean(y, axis=0)
    first, second = (np.cov(a, rowvar=False) for a in (x, y))
    # tr (AB)^(1/2) is that of the symmetric A^(1/2) B A^(1/2), whose eigenvalues are real.
    values, vectors = np.linalg.eigh(first)
    root = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
    mixed = np.linalg.eigvalsh(root @ second @ root)
    trace = np.trace(first) + np.trace(second) - 2 * np.sum(np.sqrt(np.maximum(mixed, 0)))
    return float(shift @ shift + trace)
