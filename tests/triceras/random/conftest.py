"""What the tests of random numbers share."""

import keras
import numpy as np
import pytest

from triceras.random.install import install, is_installed, uninstall


@pytest.fixture
def portable():
    """Portable random numbers behind Keras's own API, for one test."""
    before = is_installed()
    install()
    yield
    if not before:
        uninstall()


@pytest.fixture
def native():
    """Keras's own random numbers, for one test."""
    before = is_installed()
    uninstall()
    yield
    uninstall()
    if before:
        install()


@pytest.fixture
def compiled(backend):
    """Runs a function of one array as Keras compiles it; on torch, where it does not, eagerly."""

    def run(function, x):
        class OneCall(keras.Model):
            def call(self, x):
                return function(x[0])[None]

        model = OneCall()
        model.compile(jit_compile=backend != "torch")
        return model.predict(np.asarray(x)[None], verbose=0)[0]

    return run


@pytest.fixture
def ulps():
    """The largest distance of float32 numbers from exact ones, in units of the last place."""

    def largest(values, exact):
        values, exact = np.asarray(values), np.asarray(exact, "float64")
        assert values.dtype == np.float32
        return np.max(np.abs(values - exact) / np.spacing(np.abs(exact).astype("float32")))

    return largest
