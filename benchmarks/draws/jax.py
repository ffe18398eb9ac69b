"""What a step draws in JAX."""

from typing import Any

import jax
import jax.numpy as jnp

from benchmarks.task import Feed


class Draw:
    """The random numbers of one step: JAX's own, or those that a check feeds in."""

    def __init__(self, key: Any, fed: dict[str, Any], training: bool = True):
        self.key = key
        self.training = training
        self.feed = Feed(fed)

    def next_key(self) -> Any:
        return jax.random.fold_in(self.key, sum(self.feed.drawn.values()))

    def normal(self, shape: tuple[int, ...]) -> Any:
        fed = self.feed.next("normal")
        return jax.random.normal(self.next_key(), shape) if fed is None else fed

    def uniform(self, shape: tuple[int, ...]) -> Any:
        fed = self.feed.next("uniform")
        return jax.random.uniform(self.next_key(), shape) if fed is None else fed

    def dropout(self, x: Any, rate: float) -> Any:
        if not self.training:
            return x
        fed = self.feed.next("dropout")
        if fed is not None:
            return x * fed
        kept = jax.random.bernoulli(self.next_key(), 1 - rate, x.shape)
        return jnp.where(kept, x / (1 - rate), 0)
