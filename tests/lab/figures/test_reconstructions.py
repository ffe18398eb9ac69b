import keras
import numpy as np

from lab.figures.images import one_of_each_class
from lab.figures.mosaic import mosaic
from lab.figures.reconstructions import Reconstructions


def test_shows_what_the_model_sees_and_makes_of_it(vae, subject_of, data):
    figure = Reconstructions(count=12).draw(subject_of(vae))
    (axes,) = figure.axes
    chosen = one_of_each_class(data.test["label"], 12)
    originals = data.test["image"][chosen]
    made = keras.ops.convert_to_numpy(vae.reconstruct(originals))
    expected = mosaic(np.stack([originals, made]).reshape(2, 12, 8, 8))
    shown = axes.images[0].get_array().filled(np.nan)
    np.testing.assert_array_equal(shown, expected)
    assert set(np.unique(shown[:8][np.isfinite(shown[:8])])) == {0, 1}
    assert axes.images[0].get_clim() == (0, 1)


def test_labels_say_which_row_and_which_class(vae, subject_of):
    (axes,) = Reconstructions(count=10).draw(subject_of(vae)).axes
    rows = [label.get_text() for label in axes.get_yticklabels()]
    assert rows == ["test image", "reconstruction"]
    assert [label.get_text() for label in axes.get_xticklabels()] == list("0123456789")
