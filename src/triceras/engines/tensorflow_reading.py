"""How Keras reads the data of `fit` on TensorFlow."""

from typing import Any

import tensorflow as tf
from keras.src.backend.tensorflow.trainer import TFEpochIterator


def read_without_tuning() -> None:
    """Has Keras read its data without a thread of TensorFlow's that tunes how it does.

    Who frees an iterator waits for that thread, which at times misses that it is to end, and looks
    again only after as long as it has been there, up to a minute: the process then stands still.
    """
    TFEpochIterator._get_iterator = untuned


def untuned(self: TFEpochIterator) -> Any:
    """What takes the place of Keras's own method."""
    data = self._distributed_dataset
    if not isinstance(data, tf.data.Dataset):
        return data
    options = tf.data.Options()
    options.autotune.enabled = False
    return data.with_options(options)
