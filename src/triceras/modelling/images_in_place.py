"""Keras's layers for images, made to leave what they are given as it is."""

import functools
from typing import Any

import keras
from keras import ops

LAYERS: tuple[Any, ...] = (keras.layers.RandomBrightness, keras.layers.RandomRotation)


def install() -> None:
    """Mends Keras's layers, for all models of this process. Calling it again changes nothing.

    On PyTorch, brightness changes the images themselves, and rotation its own angle. So
    `RandAugment`, which chooses between images before and after, brightened all of them, and turned
    them by another angle the second time.
    """
    if keras.backend.backend() != "torch":
        return
    for layer in LAYERS:
        if not hasattr(layer.transform_images, "__wrapped__"):
            layer.transform_images = of_copies(layer.transform_images)


def of_copies(transform: Any) -> Any:
    """`transform_images` that is given copies."""

    @functools.wraps(transform)
    def transform_images(self: Any, images: Any, transformation: Any, *args: Any, **kw: Any) -> Any:
        return transform(self, ops.copy(images), copied(transformation), *args, **kw)

    return transform_images


def copied(values: Any) -> Any:
    """A copy of the tensors of a tree."""
    return keras.tree.map_structure(lambda v: ops.copy(v) if ops.is_tensor(v) else v, values)
