"""What a step draws in TensorFlow."""

from typing import Any

import tensorflow as tf

from benchmarks.task import Feed


class Draw:
    """The random numbers of one step: TensorFlow's own, or those that a check feeds in.

    Args:
        fed: what a check feeds in, or nothing.
        seed: int32 tensor `(2,)` for the stateless generators, which XLA wants; `None` for the
            stateful ones, which people use. In a loop of XLA Threefry is faster than the generator
            that is chosen otherwise.
        training: whether it is a step of training.
    """

    def __init__(self, fed: dict[str, Any], seed: Any = None, training: bool = True):
        self.training = training
        self.feed = Feed(fed)
        self.seed = seed

    def stateless(self, function: Any, shape: tuple[int, ...]) -> Any:
        before = sum(self.feed.drawn.values()) - 1
        return function(shape, self.seed + tf.constant([0, before]), alg="threefry")

    def normal(self, shape: tuple[int, ...]) -> Any:
        fed = self.feed.next("normal")
        if fed is not None:
            return fed
        if self.seed is None:
            return tf.random.normal(shape)
        return self.stateless(tf.random.stateless_normal, shape)

    def uniform(self, shape: tuple[int, ...]) -> Any:
        fed = self.feed.next("uniform")
        if fed is not None:
            return fed
        if self.seed is None:
            return tf.random.uniform(shape)
        return self.stateless(tf.random.stateless_uniform, shape)

    def dropout(self, x: Any, rate: float) -> Any:
        if not self.training:
            return x
        fed = self.feed.next("dropout")
        if fed is not None:
            return x * fed
        if self.seed is None:
            return tf.nn.dropout(x, rate)
        kept = self.stateless(tf.random.stateless_uniform, x.shape) >= rate
        return tf.where(kept, x / (1 - rate), 0.0)
