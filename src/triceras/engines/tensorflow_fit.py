"""`Model.train_step` for `fit` on TensorFlow."""

from typing import Any

import keras
import tensorflow as tf
from keras.src.backend.tensorflow.trainer import TFEpochIterator

from triceras.engines.contract import Logs
from triceras.engines.objective import batch_size_of, update_loss_metric


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


def train_step(model: keras.Model, data: Any) -> Logs:
    """`Model.train_step` for `fit` on TensorFlow, to be changed by who needs another step.

    Reference:
        [Customizing what happens in `fit()` with TensorFlow](
        https://keras.io/guides/custom_train_step_in_tensorflow/)
    """
    x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
    with tf.GradientTape() as tape:
        y_pred = model(x, training=True)
        loss = model._compute_loss(x, y, y_pred, sample_weight, training=True)
        scaled_loss = model.optimizer.scale_loss(loss)
    gradients = tape.gradient(scaled_loss, model.trainable_variables)
    model.optimizer.apply(gradients, model.trainable_variables)
    update_loss_metric(model, loss, batch_size_of(x))
    return model.compute_metrics(x, y, y_pred, sample_weight=sample_weight)
