"""A Keras model trained step by step on TensorFlow, as the guide of 2020 writes it."""

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf


def make_step(model: keras.Model) -> Callable[[Any, Any], Any]:
    """A step `(x, y) -> loss` that trains a compiled model.

    Reference:
        [Introduction to Keras for researchers](
        https://keras.io/getting_started/intro_to_keras_for_researchers/).
    """

    @tf.function
    def train_step(x, y):
        with tf.GradientTape() as tape:
            predictions = model(x, training=True)
            loss = model._compile_loss(y, predictions) + sum(model.losses)
        gradients = tape.gradient(loss, model.trainable_weights)
        model.optimizer.apply(gradients, model.trainable_weights)
        return loss

    return train_step
