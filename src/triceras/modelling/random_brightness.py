"""Keras's random brightness, made to leave the images that it is given as they are."""

import functools
from typing import Any

import keras
from keras import ops

RandomBrightness = keras.layers.RandomBrightness


def install() -> None:
    """Mends Keras's layer, for all models of this process. Calling it again changes nothing.

    It changes the images themselves on PyTorch, so that `RandAugment`, which then chooses between
    those and the ones that it got back, brightened all of them.
    """
    transform = RandomBrightness.transform_images
    if keras.backend.backend() == "torch" and not hasattr(transform, "__wrapped__"):
        RandomBrightness.transform_images = of_a_copy(transform)


def of_a_copy(transform: Any) -> Any:
    """`transform_images` that is given a copy."""

    @functools.wraps(transform)
    def transform_images(self: Any, images: Any, *args: Any, **kwargs: Any) -> Any:
        return transform(self, ops.copy(images), *args, **kwargs)

    return transform_images
