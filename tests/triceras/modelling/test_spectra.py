import numpy as np
import pytest
import scipy.signal
from keras import ops

from triceras.modelling import spectra

SIGNAL = np.random.default_rng(0).normal(size=(2, 60)).astype("float32")
# Lengths of a frame, of a step and of a spectrum.
SIZES = [(16, 4, 16), (9, 3, 9), (10, 5, 16), (12, 4, 15)]


@pytest.fixture(autouse=True)
def mended():
    spectra.install()
    spectra.install()


def padded_window(window, length, whole):
    if window is None:
        return np.ones(whole)
    before = (whole - length) // 2
    found = scipy.signal.get_window(window, length)
    return np.pad(found, (before, whole - length - before))


@pytest.mark.slow_on("jax")
@pytest.mark.in_turn
@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("window", ["hann", "hamming", None])
@pytest.mark.parametrize("center", [True, False])
def test_spectra_are_those_of_numpy(sizes, window, center):
    length, step, whole = sizes
    x = np.pad(SIGNAL, ((0, 0), (whole // 2, whole // 2)), "reflect") if center else SIGNAL
    starts = range(0, x.shape[1] - whole + 1, step)
    frames = np.stack([x[:, a : a + whole] for a in starts], 1)
    wanted = np.fft.rfft(frames * padded_window(window, length, whole))
    real, imaginary = map(
        ops.convert_to_numpy, ops.stft(SIGNAL, *sizes, window=window, center=center)
    )
    np.testing.assert_allclose(real + 1j * imaginary, wanted, rtol=1e-4, atol=1e-4)


@pytest.mark.in_turn
@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("window", ["hann", "hamming", None])
@pytest.mark.parametrize("center", [True, False])
@pytest.mark.parametrize("kept", [None, 30])
def test_frames_are_added_up_as_by_hand(sizes, window, center, kept):
    length, step, whole = sizes
    parts = [
        np.random.default_rng(i).normal(size=(2, 8, whole // 2 + 1)).astype("float32")
        for i in (1, 2)
    ]
    parts[1][..., 0] = 0
    if whole % 2 == 0:
        parts[1][..., -1] = 0
    frames = np.fft.irfft(parts[0] + 1j * parts[1], whole)
    if window is not None:
        one = padded_window(window, length, whole)
        square = np.pad(one**2, (0, -whole % step)).reshape(-1, step).sum(0)
        frames = frames * one / np.tile(square, whole)[:whole]
    wanted = np.zeros((2, 7 * step + whole))
    for i in range(8):
        wanted[:, i * step : i * step + whole] += frames[:, i]
    start = whole // 2 if center else 0
    wanted = wanted[:, start : start + kept] if kept else wanted[:, start : -start or None]
    found = ops.convert_to_numpy(ops.istft(parts, *sizes, kept, window, center))
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-4)


@pytest.mark.slow_on("jax")
def test_what_is_transformed_comes_back():
    found = ops.istft(ops.stft(SIGNAL, 16, 4, 16), 16, 4, 16)
    found = ops.convert_to_numpy(found)
    np.testing.assert_allclose(found[:, 8:-8], SIGNAL[:, 8:-8], rtol=1e-4, atol=1e-5)
