"""Layers that are frozen at first, and trained from an epoch on."""

import logging
from collections.abc import Sequence
from typing import Any

import keras

from triceras.errors import UserError
from triceras.modelling.freezing import frozen, unfreeze
from triceras.modelling.layer_names import chosen, patterns_of
from triceras.settings import check_whole

log = logging.getLogger(__name__)

KEY = "Unfreeze.layers"


class Unfreeze(keras.callbacks.Callback):
    """Trains layers from an epoch on that `model.freeze` left out until then.

    Args:
        layers: names of layers, or patterns of names, as in `model.freeze`.
        epoch: how many epochs they are frozen for.

    Raises:
        UserError: one of these is not what it should be.
    """

    def __init__(self, layers: str | Sequence[str], epoch: int):
        super().__init__()
        self.layers = patterns_of(layers, KEY)
        if not self.layers:
            raise UserError(f"{KEY} is empty: freeze layers by model.freeze, and name them")
        check_whole("Unfreeze.epoch", epoch, 0)
        self.epoch = epoch

    def on_train_begin(self, logs: Any = None) -> None:
        # Before what a resumed run had come to is given to the model.
        for pattern in self.layers:
            layers = chosen(self.model, [pattern], KEY)
            if not any(frozen(layer) for _, layer in layers):
                raise UserError(
                    f"{KEY}: {pattern} is trained from the beginning: name it in "
                    "model.freeze, or leave it out here"
                )

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        if epoch < self.epoch:
            return
        layers = chosen(self.model, self.layers, KEY)
        if any(frozen(layer) for _, layer in layers):
            unfreeze(self.model, self.layers, KEY)
            log.info("from epoch %d on %s are trained", epoch, ", ".join(p for p, _ in layers))
