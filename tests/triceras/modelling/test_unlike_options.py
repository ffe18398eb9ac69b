import keras
import pytest

from triceras.modelling.unlike_options import UNLIKE, warn_of_options

pytestmark = pytest.mark.once


def warned(caplog, *layers):
    warn_of_options(keras.Sequential([keras.Input((4, 4, 1)), *layers]))
    return [record.getMessage() for record in caplog.records]


def test_an_option_that_the_backends_compute_otherwise_is_told(caplog):
    (told,) = warned(caplog, keras.layers.RandomZoom(0.1, interpolation="nearest", name="near"))
    assert told.startswith("the layer near has interpolation=nearest, which TensorFlow, JAX")


def test_others_are_not(caplog):
    layers = [keras.layers.Resizing(2, 3, "bicubic"), keras.layers.RandomRotation(0.1, seed=0)]
    assert not warned(caplog, *layers)


def test_what_is_named_is_there():
    assert all(hasattr(keras.layers, kind) for kind, _, _ in UNLIKE)
