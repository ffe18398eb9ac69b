"""The project's figures, as a run draws them."""

import logging

import matplotlib.image
import numpy as np
import pytest

from lab.figures.confusion_matrix import ConfusionMatrix
from lab.figures.prior_samples import PriorSamples
from lab.figures.reconstructions import Reconstructions
from triceras.data.batch import BatchPreparation
from triceras.engines.state import keep, state_variables
from triceras.figures.callback import FigureCallback

BATCH = BatchPreparation("image", "label")


@pytest.fixture
def draw(data, tmp_path, monkeypatch):
    """Draws a figure of a model at the end of a training."""
    # A test that wrote a train.log has kept the package's messages from the root logger.
    monkeypatch.setattr(logging.getLogger("triceras"), "propagate", True)

    def draw(model, name, figure):
        callback = FigureCallback({name: figure}, data, tmp_path, 7, BATCH, None, (), lambda: 10)
        callback.set_model(model)
        callback.draw_last()

    return draw


@pytest.mark.slow
@pytest.mark.parametrize("figure", [PriorSamples(2, 2), Reconstructions(3)])
def test_the_model_is_what_it_was(vae, data, draw, figure, caplog):
    vae(data.train["image"][:5])
    before = keep(state_variables(vae))
    draw(vae, "figure", figure)
    after = keep(state_variables(vae))
    assert len(before) > 8
    for (variable, old), (_, new) in zip(before, after, strict=True):
        np.testing.assert_array_equal(old, new, err_msg=variable.path)
    assert not caplog.messages


@pytest.mark.slow
@pytest.mark.in_turn
def test_pictures_are_of_the_right_size(classifier, draw, tmp_path):
    draw(classifier, "confusion_matrix", ConfusionMatrix())
    picture = matplotlib.image.imread(tmp_path / "figures" / "confusion_matrix.png")
    assert picture.shape == (885, 930, 4)
    assert picture[..., :3].std() > 0.05
