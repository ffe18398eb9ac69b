"""`Model.train_step` for `fit` on TensorFlow."""

from typing import Any

import keras
import tensorflow as tf

from triceras.engines.contract import Logs
from triceras.engines.objective import batch_size_of, update_loss_metric
from triceras.engines.tensorflow_values import read_at_once, with_zeros


def train_step(model: keras.Model, data: Any) -> Logs:
    """`Model.train_step` for `fit` on TensorFlow, to be changed by who needs another step.

    Reference:
        [Customizing what happens in `fit()` with TensorFlow](
        https://keras.io/guides/custom_train_step_in_tensorflow/)
    """
    x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
    with tf.GradientTape() as tape:
        with read_at_once():
            y_pred = model(x, training=True)
            loss = model._compute_loss(x, y, y_pred, sample_weight, training=True)
        scaled_loss = model.optimizer.scale_loss(loss)
    gradients = tape.gradient(scaled_loss, model.trainable_variables)
    gradients = with_zeros(gradients, model.trainable_variables)
    # Before the update, as a metric may read what is trained.
    update_loss_metric(model, loss, batch_size_of(x))
    logs = model.compute_metrics(x, y, y_pred, sample_weight=sample_weight)
    model.optimizer.apply(gradients, model.trainable_variables)
    return logs
