"""Runs that are timed from the start of their process to its end, but for our own.

What a script does that trains one model, and no more: it imports, reads the data, trains for some
steps, prints a line an epoch, validates, evaluates on the test data, and ends.
"""

import dataclasses
import importlib
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from triceras.benchmark.inputs import Inputs


def train_native(spec: dict[str, Any]) -> dict[str, Any]:
    """Runs a hand-written script.

    Args:
        spec: `module`, `kind` and `form` of the code; `inputs`, a file with initial weights;
            `data`, the function that loads the data and its arguments; `parts`, the names of the
            images and of the labels; `steps`, `batch_size`, `evaluation_batch_size`, `seed`.
    """
    module = importlib.import_module(spec["module"])
    data = load_data(spec["data"])
    x, y = (data.train[name][:] for name in spec["parts"])
    inputs = Inputs.load(Path(spec["inputs"]))
    indices = shuffled(len(x), spec["batch_size"], spec["steps"], spec["seed"])
    given: dict[str, Any] = {
        "x": x,
        "y": y,
        "indices": indices,
        "steps_per_call": spec["steps_per_call"],
        "optimizers": [over_a_run(settings, spec["steps"]) for settings in inputs.optimizers],
    }
    contender = module.CONTENDERS[spec["kind"]][spec["form"]](dataclasses.replace(inputs, **given))
    losses = np.zeros(0)
    for epoch, (start, stop) in enumerate(epochs(len(x), spec["batch_size"], spec["steps"])):
        losses = np.concatenate([losses, contender(start, stop)])
        line = f"epoch {epoch}: loss {losses[start:].mean():.5g}"
        if data.validation is not None:
            line += f", validation {evaluated(contender, data.validation, spec):.5g}"
        print(line)
    print(f"test {evaluated(contender, data.test, spec):.5g}")
    return {"steps": len(losses), "loss": float(losses[-50:].mean())}


def over_a_run(settings: dict[str, Any], steps: int) -> dict[str, Any]:
    """The settings of an optimizer; a learning rate that falls does so over the steps of a run."""
    return {**settings, "decay_steps": settings["decay_steps"] and steps}


def train_fit(spec: dict[str, Any]) -> dict[str, Any]:
    """Runs a script that uses Keras's `fit`, on arrays.

    Args:
        spec: `config`, a file with the whole configuration, and `steps`.
    """
    from omegaconf import OmegaConf

    config: Any = OmegaConf.load(spec["config"])
    import keras

    from triceras.config import build
    from triceras.lazy_tensorflow import keep_tensorflow_out
    from triceras.modelling.build import build_model
    from triceras.modelling.preparation import prepare_batches

    # As where this backend alone is installed.
    keep_tensorflow_out()
    keras.utils.set_random_seed(config.seed)
    data = build("data", config.data)
    model = build_model(config.model, config.optimizer, data, spec["steps"])
    batch = prepare_batches(config.model, data, config.get("augment"))
    a_step, per_epoch = config.batch_size, len(data.train) // config.batch_size
    # As many steps an epoch as all others take.
    train = data.train.take(slice(per_epoch * a_step), batch.parts)
    arrays = batch.for_training(train, np.zeros(2, "int32"), np).for_keras
    tests = {"batch_size": config.evaluation_batch_size, "verbose": 0}
    options: dict[str, Any] = {"batch_size": a_step, "verbose": 2}
    if data.validation is not None:
        held_out = batch.for_testing(data.validation.take(slice(None), batch.parts)).for_keras
        options["validation_data"] = held_out
        options["validation_batch_size"] = config.evaluation_batch_size
    whole, rest = divmod(spec["steps"], per_epoch)
    history: Any = None
    if whole:
        history = model.fit(*arrays, epochs=whole, **options)
    if rest:
        history = model.fit(*arrays, steps_per_epoch=rest, **options)
    test = batch.for_testing(data.test.take(slice(None), batch.parts)).for_keras
    print("test", model.evaluate(*test, **tests))
    optimizer: Any = model.optimizer
    return {"steps": int(optimizer.iterations), "loss": float(history.history["loss"][-1])}


def load_data(spec: dict[str, Any]) -> Any:
    """The data set that a function named `_target_` loads."""
    arguments = {name: value for name, value in spec.items() if name != "_target_"}
    module, _, function = spec["_target_"].rpartition(".")
    return getattr(importlib.import_module(module), function)(**arguments)


def epochs(size: int, batch_size: int, steps: int) -> Iterator[tuple[int, int]]:
    """The first step of each epoch, and where it ends."""
    per_epoch = size // batch_size
    for epoch in range(math.ceil(steps / per_epoch)):
        yield epoch * per_epoch, min((epoch + 1) * per_epoch, steps)


def shuffled(size: int, batch_size: int, steps: int, seed: int) -> np.ndarray:
    """The rows of each step, a new permutation in each epoch, `(steps, batch_size)`."""
    generator = np.random.default_rng(seed)
    orders = []
    for start, stop in epochs(size, batch_size, steps):
        order = generator.permutation(size)[: (stop - start) * batch_size]
        orders.append(order.reshape(-1, batch_size))
    return np.concatenate(orders).astype("int32")


def evaluated(contender: Any, split: Any, spec: dict[str, Any]) -> float:
    """The mean loss on a split."""
    x, y = (split[name][:] for name in spec["parts"])
    return contender.mean_loss(x, y, spec["evaluation_batch_size"])
