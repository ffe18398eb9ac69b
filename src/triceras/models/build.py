"""Makes a compiled Keras model of a configuration and a data set."""

from typing import Any

import keras
from omegaconf import DictConfig

from triceras.config import build
from triceras.data.dataset import Dataset
from triceras.errors import UserError, one_line


def build_model(config: DictConfig, optimizer: DictConfig, data: Dataset) -> keras.Model:
    """Builds and compiles a model.

    The network's target may be a subclass of `keras.Model` or a function that returns a model. It
    is given `input_shape` (of one example), `classes` and `image_shape` where it has parameters of
    these names.

    Args:
        config: `network`, `loss`, `metrics` and, for models with a method `adapt` that looks at
            the training inputs first, `adapt`; see `conf/model/`.
        optimizer: of a Keras optimizer; see `conf/optimizer/`.
        data: the data set, for its shapes.

    Returns:
        A model that has its weights.

    Raises:
        UserError: the network cannot be built for this data.
    """
    shape = data.train.x.shape[1:]
    model = build(
        "model.network",
        config.network,
        input_shape=shape,
        classes=data.classes,
        image_shape=data.image_shape,
    )
    if not model.built:
        try:
            # From the shape, not from data: a call would draw from the random counters.
            model.build((None, *shape))
        except Exception as error:
            raise UserError(
                f"model.network {config.network._target_} cannot be built for inputs of shape "
                f"{shape}: {one_line(error)}"
            ) from error
    if config.get("adapt"):
        model.adapt(data.train.x)
    model.compile(
        optimizer=build("optimizer", optimizer),
        loss=build("model.loss", config.loss) if config.loss else None,
        metrics=build_metrics(config.metrics),
    )
    return model


def build_metrics(configs: Any) -> list[keras.metrics.Metric]:
    """The metrics of a list of configurations."""
    return [build(f"model.metrics[{i}]", metric) for i, metric in enumerate(configs)]
