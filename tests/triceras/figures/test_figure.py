from pathlib import Path

import hydra
import pytest

from triceras.figures.figure import RunFigure

pytestmark = pytest.mark.once

FOLDER = Path(__file__).parents[3] / "conf" / "figures"
CONFIGS = sorted(path.stem for path in FOLDER.glob("*.yaml"))


@pytest.mark.parametrize("name", CONFIGS)
def test_configurations_name_figures(name):
    with hydra.initialize_config_dir(str(FOLDER), version_base=None):
        config = hydra.compose(name)
    assert set(config) == {"every", "draw"}
    assert config.every is None or config.every >= 1
    figures = hydra.utils.instantiate(config.draw)
    assert all(isinstance(figure, RunFigure) for figure in figures.values())
    assert bool(figures) == (name != "none")


@pytest.mark.parametrize("name", CONFIGS)
def test_configurations_begin_with_a_command(name):
    first = (FOLDER / f"{name}.yaml").read_text().splitlines()[0]
    assert first.startswith("# python scripts/train.py ")


def test_a_figure_must_draw():
    class Nothing(RunFigure):
        pass

    with pytest.raises(TypeError, match="draw"):
        Nothing()
