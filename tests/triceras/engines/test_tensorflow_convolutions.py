import keras
import numpy as np
import pytest

from triceras import engines


@pytest.fixture(autouse=True)
def only_here(backend):
    if backend != "tensorflow":
        pytest.skip("the engine of another backend")


LAYERS = {
    "conv1d": (lambda: keras.layers.Conv1D(2, 3), (2, 8, 3)),
    "conv2d": (lambda: keras.layers.Conv2D(2, 3), (2, 8, 8, 3)),
    "conv2d_in_groups": (lambda: keras.layers.Conv2D(4, 3, groups=2), (2, 8, 8, 4)),
    "conv2d_transpose": (lambda: keras.layers.Conv2DTranspose(2, 3), (2, 4, 4, 3)),
    "depthwise": (lambda: keras.layers.DepthwiseConv2D(3), (2, 8, 8, 3)),
    "separable": (lambda: keras.layers.SeparableConv2D(2, 3), (2, 8, 8, 3)),
    "conv3d": (lambda: keras.layers.Conv3D(2, 2), (2, 4, 4, 4, 1)),
}


@pytest.mark.parametrize("name", LAYERS)
def test_what_layers_convolve_by_is_noted(name):
    from triceras.engines.tensorflow_convolutions import noting_convolutions

    make, shape = LAYERS[name]
    layer = make()
    inputs = np.ones(shape, "float32")
    with noting_convolutions() as found:
        layer(inputs)
    assert found
    del found[:]
    layer(inputs)
    assert not found


def test_others_are_not():
    from triceras.engines.tensorflow_convolutions import noting_convolutions

    with noting_convolutions() as found:
        pooled = keras.layers.MaxPooling2D()(np.ones((2, 4, 4, 3), "float32"))
        keras.layers.Dense(2)(pooled)
    assert not found


@pytest.mark.slow_on("tensorflow")
def test_no_program_is_traced_to_find_out_that_it_convolves(start_convolutional, monkeypatch):
    monkeypatch.setattr(engines.module(), "device", lambda: "cpu")
    engine = (run := start_convolutional()).engine
    run.train(0, 1)
    assert engine.in_xla is False
    assert engine.train_program_in_xla.experimental_get_tracing_count() == 0
