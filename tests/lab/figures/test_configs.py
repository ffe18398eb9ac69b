"""Every choice of `figures=`."""

import pytest

from triceras.config import build, compose, files
from triceras.figures.figure import RunFigure

pytestmark = pytest.mark.once


@pytest.mark.parametrize("name", files("figures"))
def test_names_figures(name):
    config = compose([f"figures={name}"]).figures
    assert set(config) == {"every", "format", "draw"}
    assert config.every is None or config.every >= 1
    figures = [build(f"figures.draw.{key}", value) for key, value in config.draw.items()]
    assert all(isinstance(figure, RunFigure) for figure in figures)
    assert bool(figures) == (name != "none")
