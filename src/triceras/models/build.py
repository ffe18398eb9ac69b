"""Makes a compiled Keras model of a configuration and a data set."""

from typing import Any

import keras
from omegaconf import DictConfig, OmegaConf

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
    try:
        create_variables(model, (None, *shape))
    except Exception as error:
        raise UserError(
            f"model.network {config.network._target_} cannot be built for inputs of shape "
            f"{shape}: {one_line(error)}"
        ) from error
    if not model.trainable_variables:
        raise UserError(
            f"model.network {config.network._target_} has no trainable variables: create its "
            "layers in __init__ or build, and use them in call"
        )
    if config.get("adapt"):
        model.adapt(data.train.x)
    model.compile(
        optimizer=build("optimizer", with_float_rate(optimizer)),
        loss=build("model.loss", config.loss) if config.loss else None,
        metrics=build_metrics(config.metrics),
    )
    return model


def create_variables(model: keras.Model, input_shape: tuple[int | None, ...]) -> None:
    """Gives a model all its variables, those of layers that it only uses in `call` too.

    It works from the shape, not from data: a call on data would draw from the random counters.

    Args:
        model: any; one that is built stays as it is.
        input_shape: of a batch, `(None, ...)`.
    """
    if model.built:
        return
    if type(model).build is keras.Model.build:
        # Without a `build` of its own, Keras would call such a model built and leave it empty.
        model(keras.KerasTensor(input_shape, dtype=model.input_dtype))
    else:
        model.build(input_shape)


def build_metrics(configs: Any) -> list[keras.metrics.Metric]:
    """The metrics of a list of configurations."""
    return [build(f"model.metrics[{i}]", metric) for i, metric in enumerate(configs)]


def with_float_rate(optimizer: DictConfig) -> DictConfig:
    """The same optimizer; a whole number is a learning rate as well, though Keras refuses it.

    Raises:
        UserError: the learning rate is not above 0.
    """
    rate = optimizer.get("learning_rate")
    if not isinstance(rate, int | float):
        return optimizer
    if not rate > 0:
        raise UserError(
            f"optimizer.learning_rate={rate} is not above 0: give one, for example "
            "optimizer.learning_rate=1e-3"
        )
    return OmegaConf.merge(optimizer, {"learning_rate": float(rate)})  # pyright: ignore
