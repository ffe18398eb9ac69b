"""Makes a compiled Keras model of a configuration and a data set."""

import functools
from typing import Any

import keras
from omegaconf import DictConfig, ListConfig, OmegaConf

from triceras.config import build
from triceras.data.dataset import Dataset
from triceras.data.tree import map_tree
from triceras.errors import UserError, one_line
from triceras.modelling.adapting import adapt
from triceras.modelling.by_output import check_by_output
from triceras.modelling.call_errors import told_by_call, warning_at_the_end
from triceras.modelling.layer_metrics import add_layer_metrics
from triceras.modelling.learning_rates import set_learning_rates
from triceras.modelling.named_parts import inputs_of_model, targets_of
from triceras.modelling.preparation import example_shapes
from triceras.modelling.several_inputs import takes_one, telling_several_inputs
from triceras.modelling.single_numbers import telling_single_numbers
from triceras.modelling.starting import check_objectives, start_from


def build_model(
    config: DictConfig, optimizer: DictConfig, data: Dataset, steps: int | None = None
) -> keras.Model:
    """Builds and compiles a model.

    The network's target may be a subclass of `keras.Model` or a function that returns a model. It
    is given `input_shape` (of one example, a tree where the model has several inputs), `classes`,
    `image_shape`, and whatever else the data set declares, where it has parameters of these names.

    Args:
        config: `inputs`, `targets`, `network`, `loss`, `metrics` and what else Keras's `compile`
            takes, and, for models with a method `adapt` that looks at the training inputs first,
            `adapt`; see `conf/model/`. Losses, their weights and metrics may be dictionaries by
            the names of outputs. Also `weights`, `freeze`, `learning_rates` and `layer_metrics`;
            see `conf/run.yaml` of this package.
        optimizer: of a Keras optimizer, or a dictionary of several; see `conf/optimizer/`.
        data: the data set, for its shapes.
        steps: the steps of the run, over which a learning rate falls that does not say itself.

    Returns:
        A model that has its weights.

    Raises:
        UserError: the network cannot be built for this data.
    """
    inputs = inputs_of_model(config, data)
    shape = example_shapes(inputs, data)
    declared = {"input_shape": shape, "input_dtype": map_tree(data.train.dtype, inputs)}
    declared |= {"classes": data.classes, "image_shape": data.image_shape}
    with (
        telling_single_numbers(inputs, data),
        telling_several_inputs(config, inputs, data),
    ):
        model = build("model.network", config.network, **(declared | dict(data.declares)))
        try:
            with warning_at_the_end():
                create_variables(model, signature(inputs, data))
        except Exception as error:
            raise UserError(
                f"model.network {config.network._target_} cannot be built for inputs of shape "
                f"{shape}: {told_by_call(error)}"
            ) from error
    if not model.trainable_variables:
        if isinstance(model, keras.Sequential) and not isinstance(inputs, str):
            raise takes_one(config, inputs, data)
        raise UserError(
            f"model.network {config.network._target_} has no trainable variables: create its "
            "layers in __init__ or build, and use them in call"
        )
    if config.get("adapt"):
        try:
            adapt(model, map_tree(data.train.__getitem__, inputs))
        except ValueError as error:
            raise UserError(
                f"model.network {config.network._target_} cannot be adapted to inputs of shape "
                f"{shape}: {one_line(error)}; data.flatten, where there is one, says whether "
                "images come flat"
            ) from error
    start_from(model, config)
    if "_target_" not in optimizer and not hasattr(model, "objectives"):
        raise UserError(
            f"model.network {config.network._target_} trains one objective and optimizer= is "
            f"several ({', '.join(map(str, optimizer))}): use optimizer=adam or another single one"
        )
    model.compile(
        optimizer=build_optimizers(optimizer, steps),
        loss=build_losses(config.get("loss")),
        loss_weights=plain_or_none(config.get("loss_weights")),
        metrics=build_metrics(config.get("metrics") or None),
        weighted_metrics=build_metrics(config.get("weighted_metrics"), "weighted_metrics"),
    )
    check_objectives(model, config)
    check_by_output(model, config)
    set_learning_rates(model, config.get("learning_rates"))
    if config.get("layer_metrics"):
        # Only where a metric compares with one, as data to predict from may have none.
        targets = functools.partial(targets_of, config.get("targets"), inputs, data)
        add_layer_metrics(model, config.layer_metrics, inputs, targets)
    return model


def build_losses(config: Any) -> Any:
    """The loss of a configuration, or a dictionary or a list of one for each output."""
    if not config:
        return None
    if isinstance(config, ListConfig):
        return [build(f"model.loss[{i}]", one) if one else None for i, one in enumerate(config)]
    if isinstance(config, DictConfig) and "_target_" not in config:
        return {
            name: build(f"model.loss.{name}", one) if one else None for name, one in config.items()
        }
    return build("model.loss", config)


def plain_or_none(config: Any) -> Any:
    """A list or dictionary of Python's own."""
    return OmegaConf.to_container(config) if OmegaConf.is_config(config) else config


def signature(inputs: Any, data: Dataset) -> Any:
    """What a model is called with, of a tree of parts, without values."""

    def of(name: str) -> keras.KerasTensor:
        return keras.KerasTensor((None, *data.train.shape(name)), dtype=data.train.dtype(name))

    return map_tree(of, inputs)


def create_variables(model: keras.Model, inputs: Any) -> None:
    """Gives a model all its variables, those of layers that it only uses in `call` too.

    It works from the shape, not from data: a call on data would draw from the random counters.

    Args:
        model: any; one that is built stays as it is.
        inputs: a tree of `keras.KerasTensor`s of shapes `(None, ...)`, or one shape.
    """
    if model.built:
        return
    if isinstance(inputs, tuple):
        inputs = keras.KerasTensor(inputs, dtype=model.input_dtype)
    if type(model).build is keras.Model.build:
        # Without a `build` of its own, Keras would call such a model built and leave it empty.
        model(map_tree(lambda tensor: as_layers_see_it(tensor, model), inputs))
    else:
        model.build(map_tree(lambda tensor: tensor.shape, inputs))


def as_layers_see_it(tensor: keras.KerasTensor, model: keras.Model) -> keras.KerasTensor:
    """Numbers with a point in the type in which a model computes, to which Keras casts them."""
    if keras.backend.is_float_dtype(tensor.dtype):
        return keras.KerasTensor(tensor.shape, dtype=model.input_dtype)
    return tensor


def build_metrics(configs: Any, key: str = "metrics") -> Any:
    """The metrics of a list of configurations, or of such a list for each output.

    Args:
        configs: a list, a dictionary or a list of lists or of single ones, or `None`.
        key: their place in the model's configuration, for messages.
    """
    if configs is None:
        return None
    if isinstance(configs, DictConfig):
        return {
            name: build_metrics(
                [one] if isinstance(one, DictConfig) else one or (), f"{key}.{name}"
            )
            for name, one in configs.items()
        }
    return [
        build(f"model.{key}[{i}]", one)
        if isinstance(one, DictConfig)
        else build_metrics(one, f"{key}[{i}]")
        for i, one in enumerate(configs)
    ]


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
        UserError: it cannot be built, the learning rate is not above 0, a schedule has no
            `decay_steps` and the run no length, or steps of a warm-up to nothing.
    """
    rate = config.get("learning_rate")
    if isinstance(rate, int | float):
        if not rate > 0:
            raise UserError(
                f"{name}.learning_rate={rate} is not above 0: give one, for example "
                f"{name}.learning_rate=1e-3"
            )
        config = with_values(config, learning_rate=float(rate))
    if isinstance(rate, DictConfig) and warms_up_to_nothing(rate):
        raise UserError(
            f"{name}.learning_rate.warmup_steps={rate.warmup_steps} does nothing without "
            f"{name}.learning_rate.warmup_target, the rate that a warm-up reaches: give both"
        )
    if isinstance(rate, DictConfig) and rate.get("decay_steps", 0) is None:
        if steps is None:
            raise UserError(
                f"{name}.learning_rate.decay_steps=null means the steps of the run, of which "
                f"there are none here: give {name}.learning_rate.decay_steps=<int>"
            )
        # Keras counts the steps of a warm-up apart.
        decay_steps = max(steps - (rate.get("warmup_steps") or 0), 1)
        config = with_values(config, learning_rate={"decay_steps": decay_steps})
    return build(name, config)


def warms_up_to_nothing(rate: DictConfig) -> bool:
    """Whether steps of a warm-up are given to a schedule of Keras's that has none without more."""
    of_keras = str(rate.get("_target_")).startswith("keras.")
    return bool(of_keras and rate.get("warmup_steps") and rate.get("warmup_target") is None)


def with_values(config: DictConfig, **values: Any) -> DictConfig:
    """A copy of a configuration with other values."""
    return OmegaConf.merge(config, values)  # pyright: ignore[reportReturnType]
