"""What a new run begins with: weights from elsewhere, and layers that are not trained."""

from typing import Any

import keras
from omegaconf import DictConfig, OmegaConf

from triceras.engines.objective import objectives_of
from triceras.errors import UserError
from triceras.modelling.freezing import freeze
from triceras.modelling.layer_names import patterns_of
from triceras.weights.start import give_weights

FREEZE = "model.freeze"


def start_from(model: keras.Model, config: DictConfig) -> None:
    """Gives a model its first weights, and freezes layers.

    Args:
        model: built, and not yet compiled.
        config: `weights` and `freeze`, which may be missing; see `conf/run.yaml` of this package.

    Raises:
        UserError: the weights do not fit, no layer has such a name, or nothing is left to train.
    """
    give_weights(model, config.get("weights"))
    patterns = patterns_of(config.get("freeze"), FREEZE)
    freeze(model, patterns, FREEZE)
    if patterns and not model.trainable_variables:
        raise UserError(f"{FREEZE}={patterns} leaves nothing to train: leave a layer out of it")


def check_objectives(model: keras.Model, config: DictConfig) -> None:
    """Checks that what is frozen leaves each objective something to train.

    Args:
        model: compiled.
        config: `freeze`.

    Raises:
        UserError: it does not.
    """
    for objective in objectives_of(model) if config.get("freeze") else ():
        if not objective.variables:
            raise UserError(
                f"{FREEZE}={config.freeze} leaves the objective {objective.name} nothing to train: "
                "leave a layer out of it"
            )


def without_weights(config: DictConfig) -> Any:
    """A model's configuration for a model that is given other weights anyway."""
    return OmegaConf.merge(config, {"weights": None})
