"""The inverse error function, because those of the backends differ by 2e-5 in the tails."""

from typing import Any

CENTRE = (
    2.81022636e-08,
    3.43273939e-07,
    -3.5233877e-06,
    -4.39150654e-06,
    2.1858087e-04,
    -1.25372503e-03,
    -4.17768164e-03,
    2.46640727e-01,
    1.50140941e00,
)
TAIL = (
    -2.00214257e-04,
    1.00950558e-04,
    1.34934322e-03,
    -3.67342844e-03,
    5.73950773e-03,
    -7.6224613e-03,
    9.43887047e-03,
    1.00167406e00,
    2.83297682e00,
)


def inverse_erf(x: Any, ops: Any) -> Any:
    """Computes y with erf(y) = x.

    Args:
        x: float32 array, in (-1, 1).
        ops: `keras.ops` or `numpy`.

    Returns:
        A float32 array like `x`.

    Reference:
        [Giles, 2010](https://people.maths.ox.ac.uk/gilesm/codes/erfinv/), Approximating the erfinv
        function, the approximation in single precision.
    """
    w = -ops.log((1.0 - x) * (1.0 + x))
    centre = polynomial(CENTRE, w - 2.5)
    tail = polynomial(TAIL, ops.sqrt(w) - 3.0)
    return ops.where(w < 5.0, centre, tail) * x


def polynomial(coefficients: tuple[float, ...], x: Any) -> Any:
    """Evaluates a polynomial, highest power first, by Horner's rule."""
    result = coefficients[0] * x + coefficients[1]
    for coefficient in coefficients[2:]:
        result = result * x + coefficient
    return result
