"""Makes a compiled Keras model of a configuration and a data set."""

from typing import Any

import keras
from omegaconf import DictConfig, OmegaConf

from triceras.config import build
from triceras.data.dataset import Dataset
from triceras.errors import UserError, one_line


def build_model(
    config: DictConfig, optimizer: DictConfig, data: Dataset, steps: int | None = None
) -> keras.Model:
    """Builds and compiles a model.

    The network's target may be a subclass of `keras.Model` or a function that returns a model. It
    is given `input_shape` (of one example), `classes` and `image_shape` where it has parameters of
    these names.

    Args:
        config: `network`, `loss`, `metrics` and, for models with a method `adapt` that looks at
            the training inputs first, `adapt`; see `conf/model/`.
        optimizer: of a Keras optimizer, or a dictionary of several; see `conf/optimizer/`.
        data: the data set, for its shapes.
        steps: the steps of the run, over which a learning rate falls that does not say itself.

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
        try:
            model.adapt(data.train.x)
        except ValueError as error:
            raise UserError(
                f"model.network {config.network._target_} cannot be adapted to inputs of shape "
                f"{shape}: {one_line(error)}; data.flatten says whether images come flat"
            ) from error
    if "_target_" not in optimizer and not hasattr(model, "objectives"):
        raise UserError(
            f"model.network {config.network._target_} trains one objective and optimizer= is "
            f"several ({', '.join(map(str, optimizer))}): use optimizer=adam or another single one"
        )
    model.compile(
        optimizer=build_optimizers(optimizer, steps),
        loss=build("model.loss", config.loss) if config.get("loss") else None,
        metrics=build_metrics(config.get("metrics") or ()),
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


def build_optimizers(config: DictConfig, steps: int | None) -> Any:
    """The optimizer of a configuration, or a dictionary of them for a dictionary of those."""
    if "_target_" in config:
        return build_optimizer("optimizer", config, steps)
    return {name: build_optimizer(f"optimizer.{name}", config[name], steps) for name in config}


def build_optimizer(name: str, config: DictConfig, steps: int | None) -> Any:
    """One optimizer.

    Args:
        name: the configuration's place, for messages.
        config: of a Keras optimizer. A whole number is a learning rate as well, though Keras
            refuses it, and a schedule whose `decay_steps` is null falls over the whole run.
        steps: the steps of the run.

    Raises:
        UserError: it cannot be built, the learning rate is not above 0, or a schedule has no
            `decay_steps` and the run no length.
    """
    rate = config.get("learning_rate")
    if isinstance(rate, int | float):
        if not rate > 0:
            raise UserError(
                f"{name}.learning_rate={rate} is not above 0: give one, for example "
                f"{name}.learning_rate=1e-3"
            )
        config = with_values(config, learning_rate=float(rate))
    elif isinstance(rate, DictConfig) and rate.get("decay_steps", 0) is None:
        if steps is None:
            raise UserError(
                f"{name}.learning_rate.decay_steps=null means the steps of the run, of which "
                f"there are none here: give {name}.learning_rate.decay_steps=<int>"
            )
        # Keras counts the steps of a warm-up apart.
        decay_steps = max(steps - (rate.get("warmup_steps") or 0), 1)
        config = with_values(config, learning_rate={"decay_steps": decay_steps})
    return build(name, config)


def with_values(config: DictConfig, **values: Any) -> DictConfig:
    """A copy of a configuration with other values."""
    return OmegaConf.merge(config, values)  # pyright: ignore[reportReturnType]
