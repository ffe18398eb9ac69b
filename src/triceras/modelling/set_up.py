"""What Keras is told before a model is built."""

import keras
from omegaconf import DictConfig

from triceras import engines
from triceras.lazy_tensorflow import keep_tensorflow_out
from triceras.modelling import mends
from triceras.random.install import install, uninstall


def set_up_keras(config: DictConfig) -> None:
    """Does all that a run does before its model is built, in this order.

    Args:
        config: `random`, `precision` and `seed`.
    """
    keep_tensorflow_out()
    engines.module()  # It sets the framework up, which comes too late once something was computed.
    mends.install()
    # In all loops: an evaluation, a figure or a callback may have a model predict.
    engines.mend_fit()
    install() if config.random == "portable" else uninstall()
    keras.config.set_dtype_policy(config.precision)
    keras.utils.set_random_seed(config.seed)
