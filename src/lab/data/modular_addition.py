"""Sums modulo a prime as sentences of tokens, `a + b =`: all that there are."""

import numpy as np


def modular_addition(modulus: int) -> dict[str, np.ndarray]:
    """Makes the whole table of `(a + b) mod p`.

    The numbers are the tokens 0 to `modulus - 1`; the signs `+` and `=` are the two after them.

    Args:
        modulus: the number p, from which on counting begins anew.

    Returns:
        `tokens`, int32 `(modulus ** 2, 4)`, and `label`, int32 `(modulus ** 2,)`.

    Reference:
        [Power et al., 2022](https://arxiv.org/abs/2201.02177).
    """
    first, second = (grid.ravel() for grid in np.indices((modulus, modulus), "int32"))
    plus, equals = (np.full_like(first, modulus + i) for i in range(2))
    return {
        "tokens": np.stack([first, plus, second, equals], axis=1),
        "label": (first + second) % modulus,
    }
