"""Every hook of Keras's callbacks, and all that one can change of a run in it.

`KERAS_BACKEND=torch python -m triceras.testing.hooks` prints the table of one backend: for each
hook, change and loop, the worst relative difference from what Keras's own `fit` makes of it.
"""

import functools
import sys
from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from triceras.engines.state import keep
from triceras.errors import UserError
from triceras.random.batch_order import permutation
from triceras.testing.loops import LOOPS, split_of, train

HOOKS = (
    "on_train_begin",
    "on_epoch_begin",
    "on_train_batch_begin",
    "on_batch_begin",
    "on_batch_end",
    "on_train_batch_end",
    "on_test_begin",
    "on_test_batch_begin",
    "on_test_batch_end",
    "on_test_end",
    "on_epoch_end",
    "on_train_end",
)
ROWS, BATCH, EPOCHS = 24, 8, 3


class Layer(keras.layers.Dense):
    """A layer whose gradient a variable lets through: what `trainable` should come to."""

    def build(self, input_shape: Any) -> None:
        super().build(input_shape)
        self.factor = 1.0
        self.gate = self.add_weight(shape=(), initializer="ones", trainable=False, name="gate")

    def call(self, inputs: Any) -> Any:
        outputs = super().call(inputs)
        held = keras.ops.stop_gradient(outputs)
        # The inputs, which are data, need no gradient.
        return self.factor * (self.gate * outputs + (1.0 - self.gate) * held)


def build(momentum: float = 0.9, frozen: bool = False) -> keras.Model:
    """A model with weights, moving averages and an optimizer's state."""
    keras.utils.set_random_seed(1)
    layers = [Layer(4, "tanh"), keras.layers.BatchNormalization(), keras.layers.Dense(3)]
    model = keras.Sequential([keras.Input((5,)), *layers])
    model.layers[0].trainable = not frozen
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    metrics = [keras.metrics.SparseCategoricalAccuracy(name="accuracy")]
    model.compile(keras.optimizers.SGD(0.5, momentum=momentum), loss, metrics=metrics)
    return model


def data() -> tuple[np.ndarray, np.ndarray]:
    """A few examples."""
    rng = np.random.default_rng(2)
    return rng.normal(size=(ROWS, 5)).astype("float32"), rng.integers(0, 3, ROWS).astype("int32")


def scale(variable: Any, factor: float = 0.5) -> None:
    """Halves what a variable holds, and adds to it."""
    variable.assign(keras.ops.convert_to_numpy(variable.value) * factor + 0.1)


def set_rate(model: Any) -> None:
    """Gives the optimizer another learning rate."""
    model.optimizer.learning_rate = 0.05


def set_constant(model: Any) -> None:
    """Gives a layer another number."""
    model.layers[0].factor = 0.5


def stop(model: Any) -> None:
    """Asks for an end."""
    model.stop_training = True


def set_trainable(model: Any) -> None:
    """Freezes a layer, or unfreezes it."""
    model.layers[0].trainable = not model.layers[0].trainable


def set_gate(model: Any) -> None:
    """Does by a variable what `set_trainable` should do."""
    model.layers[0].gate.assign(1.0 - model.layers[0].gate)


CHANGES: dict[str, Callable[[Any], None]] = {
    "rate": set_rate,
    "weights": lambda model: scale(model.layers[0].kernel),
    "state": lambda model: scale(model.layers[1].moving_mean),
    "moments": lambda model: scale(model.optimizer.variables[2]),
    "counter": lambda model: model.optimizer.iterations.assign(7),
    "metrics": lambda model: model.reset_metrics(),
    "constant": set_constant,
    "stop": stop,
    "freeze": set_trainable,
    "unfreeze": set_trainable,
    "compile": lambda model: model.compile("sgd", model.loss),
}
# Keras builds an optimizer for what is trainable then, and does not follow on every backend. So
# what is right is what comes of a gradient that is not let through, under plain gradient descent.
GATED = ("freeze", "unfreeze")

Changes = dict[str, str]


class Changing(keras.callbacks.Callback):
    """Changes something in each of some hooks, when it is called second or the only time."""

    def __init__(self, changes: dict[str, Callable[[Any], None]]):
        super().__init__()
        self.calls = dict.fromkeys(changes, 0)
        for hook, change in changes.items():
            setattr(self, hook, functools.partial(self.act, hook, change))

    def act(self, hook: str, change: Callable[[Any], None], *_: Any, logs: Any = None) -> None:
        """What a hook does."""
        self.calls[hook] += 1
        if self.calls[hook] == (1 if hook in ("on_train_begin", "on_train_end") else 2):
            change(self.model)


class Batches(keras.utils.PyDataset):
    """The batches of our loops, for Keras's own."""

    def __init__(self):
        super().__init__()
        self.epoch = 0

    @property
    def num_batches(self) -> int:
        return ROWS // BATCH

    def __getitem__(self, step: int) -> Any:
        rows = permutation(0, self.epoch, ROWS)[step * BATCH : (step + 1) * BATCH]
        return tuple(array[rows] for array in data())


class CountEpochs(keras.callbacks.Callback):
    """Tells the batches which epoch it is."""

    def __init__(self, batches: Batches):
        super().__init__()
        self.batches = batches

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.batches.epoch = epoch


def of_keras(changes: Changes) -> dict[str, np.ndarray]:
    """What Keras's `fit` makes of changes, of which each hook has one."""
    gated = any(name in GATED for name in changes.values())
    model: Any = build(0.0 if gated else 0.9)
    model.layers[0].gate.assign(0.0 if "unfreeze" in changes.values() else 1.0)
    # On TensorFlow `fit` builds it in the first step, when a first hook has been called.
    model.optimizer.build(model.trainable_variables)
    # Only step by step does `fit` see that a constant has changed.
    model.run_eagerly = "constant" in changes.values()
    batches = Batches()
    acts = {h: set_gate if name in GATED else CHANGES[name] for h, name in changes.items()}
    history = model.fit(
        batches,
        epochs=EPOCHS,
        shuffle=False,
        verbose=0,
        callbacks=[CountEpochs(batches), Changing(acts)],
        validation_data=data(),
        validation_batch_size=BATCH,
    )
    return result(model, history)


def of_loop(changes: Changes, loop: str) -> dict[str, np.ndarray]:
    """What a loop makes of changes."""
    gated = any(name in GATED for name in changes.values())
    model = build(0.0 if gated else 0.9, frozen="unfreeze" in changes.values())
    callback = Changing({hook: CHANGES[name] for hook, name in changes.items()})
    _, history = train(model, *data(), loop, BATCH, EPOCHS, split_of(*data()), [callback])
    return result(model, history)


def result(model: Any, history: keras.callbacks.History) -> dict[str, np.ndarray]:
    """The history of the metrics, and the weights at the end."""
    gate = model.layers[0].gate
    values = {v.path: value for v, value in keep(model.weights) if v is not gate}
    return values | {name: np.array(value) for name, value in history.history.items()}


def compare(changes: Changes) -> dict[str, str]:
    """For each loop the worst relative difference from Keras's `fit`, or how it was refused."""
    expected = {} if "compile" in changes.values() else of_keras(changes)
    found = {}
    for loop in LOOPS:
        try:
            found[loop] = f"{difference(of_loop(changes, loop), expected):.0e}"
        except UserError as error:
            found[loop] = f"refused: {error}"
    return found


def difference(found: dict[str, np.ndarray], expected: dict[str, np.ndarray]) -> float:
    """The worst difference, relative to the largest number of each kind."""
    worst = 0.0
    for value, other in zip(found.values(), expected.values(), strict=True):
        if value.shape != other.shape:
            return np.inf
        worst = max(worst, np.abs(value - other).max() / max(np.abs(other).max(), 1e-3))
    return float(worst)


if __name__ == "__main__":
    for change in sys.argv[1:] or CHANGES:
        for place in HOOKS:
            row = compare({place: change})
            print(f"{change:10} {place:22}", *(f"{v[:40]:12}" for v in row.values()), flush=True)
