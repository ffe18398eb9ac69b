import pytest

from triceras.figures.figure import RunFigure

pytestmark = pytest.mark.once


def test_a_figure_must_draw():
    class Nothing(RunFigure):
        pass

    with pytest.raises(TypeError, match="draw"):
        Nothing()
