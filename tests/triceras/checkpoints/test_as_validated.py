import keras
import numpy as np
import pytest

from triceras.checkpoints.as_validated import AsValidated
from triceras.checkpoints.checkpoint_files import read
from triceras.checkpoints.checkpoints import Checkpoints
from triceras.loops.schedule import Schedule
from triceras.runs.context import Context


class Erasing(keras.callbacks.Callback):
    """Takes the weights away at the end of each epoch, and adds to its logs."""

    def __init__(self, **added):
        super().__init__()
        self.added = added

    def on_epoch_end(self, epoch, logs=None):
        self.model.layers[0].kernel.assign(np.zeros((3, 2)))
        logs |= self.added


@pytest.fixture
def best(tmp_path):
    """Gives the kernel and the value of the best model after epochs with these logs."""

    def best(erasing, *all_logs):
        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
        model.compile("sgd", "mse")
        checkpoints = Checkpoints(tmp_path, every_minutes=None)
        checkpoints.attach(Schedule(0, 4, 1, 9, None), [checkpoints], Context(tmp_path))
        callbacks = [AsValidated(checkpoints), erasing, checkpoints]
        for callback in callbacks:
            callback.set_model(model)
        checkpoints.on_train_begin()
        for epoch, logs in enumerate(all_logs):
            model.layers[0].kernel.assign(np.full((3, 2), epoch + 1))
            checkpoints.on_epoch_begin(epoch)
            checkpoints.recorder.step = 4 * epoch + 4
            for callback in callbacks:
                callback.on_epoch_end(epoch, logs)
        checkpoints.write_better()
        found = read(tmp_path / "best.npz")
        (kernel,) = (array for array in found.arrays.values() if array.shape == (3, 2))
        return kernel[0, 0], found.document["best"]

    return best


def test_the_best_is_as_it_was_validated(best):
    assert best(Erasing(), {"loss": 1.0, "val_loss": 2.0}) == (1, 2.0)


def test_without_validation_data_the_best_is_as_it_was_trained(best):
    assert best(Erasing(), *({"loss": loss} for loss in (3.0, 1.0, 2.0))) == (2, 1.0)


def test_what_a_callback_adds_is_of_the_model_that_it_leaves(best):
    assert best(Erasing(val_loss=2.0), {"loss": 1.0}) == (0, 2.0)
