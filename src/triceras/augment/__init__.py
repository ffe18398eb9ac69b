"""Augmentations, which each training step applies to named parts of its batch.

They are pure functions of the parts and a key, computed with `numpy` on the host or with
`keras.ops` in a compiled step. Each example is drawn for by itself. Nothing here imports Keras.
"""

from triceras.augment.cutmix import CutMix
from triceras.augment.cutout import Cutout
from triceras.augment.flip import RandomFlip
from triceras.augment.mixup import MixUp
from triceras.augment.noise import GaussianNoise
from triceras.augment.shift import RandomCrop, RandomShift

__all__ = [
    "CutMix",
    "Cutout",
    "GaussianNoise",
    "MixUp",
    "RandomCrop",
    "RandomFlip",
    "RandomShift",
]
