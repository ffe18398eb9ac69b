"""The types of matplotlib that figures name, for who reads them or checks types.

Matplotlib itself is imported where something is drawn: a run that has yet to take its first step
waits for no import that it does not need.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage
else:
    Axes = AxesImage = Figure = Any

__all__ = ["Axes", "AxesImage", "Figure"]
