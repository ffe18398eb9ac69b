"""Every optimizer of Keras with each of its options, and every schedule of its learning rate."""

import functools
import inspect
from collections.abc import Callable, Iterator
from typing import Any

import keras
from keras import layers, optimizers

from triceras.keras_table.case import FEATURES, RATE, Case, compiled, exported, whole_numbers

# A value of each option that is not its usual one, and what else it needs to have an effect.
OPTIONS: dict[str, dict[str, Any]] = {
    "adam_beta_1": {"adam_beta_1": 0.5},
    "adam_beta_2": {"adam_beta_2": 0.8},
    "adam_lr_ratio": {"adam_lr_ratio": 0.5},
    "adam_weight_decay": {"adam_weight_decay": 0.1},
    "amsgrad": {"amsgrad": True, "beta_2": 0.5},
    "beta": {"beta": 0.1},
    "beta_1": {"beta_1": 0.5},
    "beta_2": {"beta_2": 0.8},
    "beta_2_decay": {"beta_2_decay": -0.5},
    "centered": {"centered": True, "epsilon": 1e-3},
    "clip_threshold": {"clip_threshold": 0.5},
    "clipnorm": {"clipnorm": 0.1},
    "clipvalue": {"clipvalue": 0.02},
    "dynamic_growth_steps": {"dynamic_growth_steps": 3},
    "ema_momentum": {"use_ema": True, "ema_momentum": 0.5},
    "ema_overwrite_frequency": {"use_ema": True, "ema_overwrite_frequency": 3},
    "epsilon": {"epsilon": 1e-2},
    "epsilon_1": {"epsilon_1": 1e-3},
    "epsilon_2": {"epsilon_2": 0.1},
    "exclude_embeddings": {"exclude_embeddings": False},
    "exclude_layers": {"exclude_layers": ["dense"]},
    "global_clipnorm": {"global_clipnorm": 0.1},
    "gradient_accumulation_steps": {"gradient_accumulation_steps": 3},
    "initial_accumulator_value": {"initial_accumulator_value": 0.5},
    "initial_scale": {"initial_scale": 4.0},
    "l1_regularization_strength": {"l1_regularization_strength": 0.01},
    "l2_regularization_strength": {"l2_regularization_strength": 0.1},
    "l2_shrinkage_regularization_strength": {"l2_shrinkage_regularization_strength": 0.1},
    "learning_rate": {"learning_rate": optimizers.schedules.ExponentialDecay(RATE, 5, 0.5)},
    "learning_rate_power": {"learning_rate_power": -0.7},
    "loss_scale_factor": {"loss_scale_factor": 128.0},
    "momentum": {"momentum": 0.8},
    "muon_a": {"muon_a": 3.0},
    "muon_b": {"muon_b": -4.6},
    "muon_c": {"muon_c": 1.5},
    "nesterov": {"nesterov": True, "momentum": 0.9},
    "ns_steps": {"ns_steps": 2},
    "relative_step": {"relative_step": False},
    "rho": {"rho": 0.5},
    "rms_rate": {"rms_rate": 0.5},
    "use_ema": {"use_ema": True},
    "warmup_steps": {"warmup_steps": 5},
    "weight_decay": {"weight_decay": 0.1},
}

# Not options of the step, or what each optimizer is made with.
NO_OPTIONS = {"self", "name", "kwargs", "inner_optimizer", "optimizer_map"}

# Options that meet within one step.
PAIRS = [
    ("gradient_accumulation_steps", "clipnorm"),
    ("gradient_accumulation_steps", "ema_momentum"),
    ("gradient_accumulation_steps", "ema_overwrite_frequency"),
    ("gradient_accumulation_steps", "learning_rate"),
    ("gradient_accumulation_steps", "loss_scale_factor"),
    ("gradient_accumulation_steps", "weight_decay"),
    ("ema_momentum", "weight_decay"),
    ("global_clipnorm", "loss_scale_factor"),
]

SCHEDULES: dict[str, Callable[[], Any]] = {
    "CosineDecay": lambda: optimizers.schedules.CosineDecay(RATE, 20),
    "CosineDecay warmup": lambda: optimizers.schedules.CosineDecay(
        0.0, 15, warmup_target=RATE, warmup_steps=5
    ),
    "CosineDecayRestarts": lambda: optimizers.schedules.CosineDecayRestarts(RATE, 5),
    "ExponentialDecay": lambda: optimizers.schedules.ExponentialDecay(RATE, 5, 0.5, True),
    "InverseTimeDecay": lambda: optimizers.schedules.InverseTimeDecay(RATE, 5, 0.5),
    "PiecewiseConstantDecay": lambda: optimizers.schedules.PiecewiseConstantDecay(
        [3, 9], [RATE, 0.01, 0.1]
    ),
    "PolynomialDecay": lambda: optimizers.schedules.PolynomialDecay(RATE, 12, cycle=True),
}


def found() -> dict[str, type]:
    """The optimizers of Keras."""
    return exported(optimizers, optimizers.Optimizer)


def options_of(optimizer: type) -> list[str]:
    """The names of an optimizer's options."""
    parameters = inspect.signature(optimizer.__init__).parameters
    return [name for name in parameters if name not in NO_OPTIONS]


def made(optimizer: type, **options: Any) -> Any:
    """An optimizer, of others where it is made of some."""
    if optimizer is optimizers.LossScaleOptimizer:
        return optimizer(optimizers.Adam(RATE), **options)
    if optimizer is optimizers.MultiOptimizer:
        inner = optimizers.OptimizerMap(optimizers.Adam(RATE))
        inner[".*embedding.*"] = optimizers.SGD(RATE)
        return optimizer(inner, **options)
    return optimizer(**{"learning_rate": RATE, **options})


def of_rows(make: Callable[[], Any]) -> Case:
    """A model that looks up the same rows several times, and the optimizer that trains it."""

    def build() -> keras.Model:
        inputs = keras.Input((FEATURES,), dtype="int32")
        hidden = layers.Flatten()(layers.Embedding(8, 3, name="embedding")(inputs))
        hidden = layers.Dense(4, "tanh", name="dense")(hidden)
        return compiled(keras.Model(inputs, layers.Dense(1, name="head")(hidden)), make())

    return Case(build, whole_numbers)


def cases() -> Iterator[tuple[str, Case]]:
    """Every optimizer, with its usual options and with each other one, and every schedule."""
    for name, optimizer in found().items():
        yield name, of_rows(functools.partial(made, optimizer))
        for option in options_of(optimizer):
            if option in OPTIONS:
                yield (
                    f"{name} {option}",
                    of_rows(functools.partial(made, optimizer, **OPTIONS[option])),
                )
    for name in ("Adam", "SGD"):
        for first, second in PAIRS:
            options = OPTIONS[first] | OPTIONS[second]
            make = functools.partial(made, found()[name], **options)
            yield f"{name} {first} {second}", of_rows(make)
    for name, schedule in SCHEDULES.items():
        yield name, of_rows(lambda schedule=schedule: optimizers.SGD(schedule()))


def unknown() -> list[str]:
    """Options and schedules that Keras has and this file does not."""
    options = {option for optimizer in found().values() for option in options_of(optimizer)}
    schedules = exported(optimizers.schedules, optimizers.schedules.LearningRateSchedule)
    known = {name.split()[0] for name in SCHEDULES}
    return sorted((options - set(OPTIONS)) | (set(schedules) - known))
