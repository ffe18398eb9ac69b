"""Keras's short-time Fourier transforms, made to have one and the same window on every backend."""

import functools
from typing import Any

import keras
import numpy as np
from keras import ops
from keras.src import backend

# Of `a - (1 - a) cos`, which come again after their last number.
WINDOWS = {"hann": 0.5, "hamming": 0.54}


def install() -> None:
    """Mends Keras's functions, for all models of this process. Calling it again changes nothing.

    TensorFlow's windows of an odd length, as of 25 ms at 22,050 a second, do not come again after
    their length but one before. PyTorch's `stft` without a window cuts a frame to its length, and
    its `istft`, as JAX's, divides by what windows add up to at the ends of a signal as well.
    """
    functions: Any = backend.math
    if not hasattr(functions.stft, "__wrapped__"):
        functions.stft = by_numbers(functions.stft)
        functions.istft = inverted(functions.istft)


def numbers(window: Any, length: int) -> Any:
    """A window that is asked for by its name."""
    if not isinstance(window, str) or window not in WINDOWS:
        return window
    part = WINDOWS[window]
    return part - (1 - part) * np.cos(2 * np.pi * np.arange(length) / length)


def by_numbers(stft: Any) -> Any:
    """`stft` whose window is given in numbers, and without one is of ones as far as it goes."""

    @functools.wraps(stft)
    def transform(
        x: Any,
        sequence_length: int,
        sequence_stride: int,
        fft_length: int,
        window: Any = "hann",
        center: bool = True,
    ) -> Any:
        if window is None and keras.backend.backend() == "torch":
            sequence_length = max(sequence_length, fft_length)
        window = numbers(window, sequence_length)
        return stft(x, sequence_length, sequence_stride, fft_length, window, center)

    return transform


def inverted(istft: Any) -> Any:
    """`istft` that adds up what overlaps, by TensorFlow's rule."""

    @functools.wraps(istft)
    def invert(
        x: Any,
        sequence_length: int,
        sequence_stride: int,
        fft_length: int,
        length: int | None = None,
        window: Any = "hann",
        center: bool = True,
    ) -> Any:
        frames = ops.irfft(x, fft_length)
        overlaps = -(-fft_length // sequence_stride)
        whole = overlaps * sequence_stride
        count = frames.shape[-2]
        if count is None or fft_length < sequence_length:
            return istft(x, sequence_length, sequence_stride, fft_length, length, window, center)
        if window is not None:
            window = ops.cast(numbers(window, sequence_length), frames.dtype)
            before = (fft_length - sequence_length) // 2
            around = ((before, fft_length - sequence_length - before),)
            window = ops.pad(window, around)
            square = ops.pad(ops.square(window), ((0, whole - fft_length),))
            total = ops.sum(ops.reshape(square, (overlaps, sequence_stride)), 0)
            frames = frames * (window / ops.tile(total, (overlaps,))[:fft_length])
        axes = [(0, 0)] * (len(frames.shape) - 2)
        frames = ops.pad(frames, [*axes, (0, 0), (0, whole - fft_length)])
        first = ops.shape(frames)[:-2]
        frames = ops.reshape(frames, (*first, count, overlaps, sequence_stride))
        found: Any = 0.0
        for i in range(overlaps):
            found = found + ops.pad(frames[..., i, :], [*axes, (i, overlaps - 1 - i), (0, 0)])
        found = ops.reshape(found, (*first, (count + overlaps - 1) * sequence_stride))
        found = found[..., : fft_length + sequence_stride * (count - 1)]
        start = fft_length // 2 if center else 0
        end = start + length if length is not None else -start or None
        return found[..., start:end]

    return invert
