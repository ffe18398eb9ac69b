"""Callbacks that a configuration may name beside those of Keras."""

from triceras.callbacks.unfreeze import Unfreeze

__all__ = ["Unfreeze"]
