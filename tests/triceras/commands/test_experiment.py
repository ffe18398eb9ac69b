"""A run as a whole: what it reports is of the weights that it ends with."""

import keras
import numpy as np
import pytest

from triceras.checkpoints.checkpoint_files import read
from triceras.commands.evaluate import evaluate
from triceras.config import compose
from triceras.testing.runs import rows, run

SHORT = ("experiment=classifier", "model=linear", "batch_size=256", "epochs=3", "compile=false")
BEST_FIRST = (
    "callback=early_stopping",
    "callback.early_stopping.min_delta=1000",
    "+callback.early_stopping.restore_best_weights=true",
)
AVERAGES = ("+optimizer.use_ema=true", "+optimizer.ema_momentum=0.9")


@pytest.mark.in_turn
@pytest.mark.slow
@pytest.mark.parametrize("loop", ["custom", pytest.param("fit", marks=pytest.mark.once)])
@pytest.mark.parametrize("options", [BEST_FIRST, AVERAGES], ids=["best", "averages"])
def test_validation_is_of_the_weights_that_are_tested(tmp_path, backend, loop, options):
    found = run(tmp_path, backend, *SHORT, f"loop={loop}", *options)
    words = [f"run={found.folder}", "checkpoint=last", "split=validation"]
    again = evaluate(compose(words, "evaluate"))
    for name in ("loss", "accuracy"):
        np.testing.assert_allclose(
            found.summary["metrics"][f"val_{name}"], again[f"val_{name}"], rtol=1e-6
        )


class Shifting(keras.callbacks.Callback):
    """Changes weights after each validation."""

    def on_epoch_end(self, epoch, logs=None):
        bias = self.model.layers[-1].bias
        bias.assign(bias + np.arange(10) / 3)


class Swapping(keras.callbacks.Callback):
    """Lets a model have other weights while it is validated."""

    def on_test_begin(self, logs=None):
        bias = self.model.layers[-1].bias
        self.kept = keras.ops.copy(keras.ops.convert_to_tensor(bias))
        # The last epochs are the worse.
        bias.assign(bias - getattr(self, "epoch", 0) * np.arange(10) / 3)

    def on_test_end(self, logs=None):
        self.model.layers[-1].bias.assign(self.kept)

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch + 1


@pytest.mark.in_turn
@pytest.mark.slow
@pytest.mark.parametrize("loop", ["custom", pytest.param("fit", marks=pytest.mark.once)])
@pytest.mark.parametrize("callback", [Shifting, Swapping])
def test_the_best_model_is_as_it_was_validated(tmp_path, backend, loop, callback):
    changes = f"+callback.changes._target_={__name__}.{callback.__name__}"
    found = run(tmp_path, backend, *SHORT, f"loop={loop}", changes)
    validated = [float(row["val_accuracy"]) for row in rows(found.folder / "epochs.csv")]
    words = [f"run={found.folder}", "split=validation"]
    again = evaluate(compose(words, "evaluate"))
    assert again["val_accuracy"] == pytest.approx(max(validated), rel=1e-6)
    # What is reported is of the model at the end.
    last = evaluate(compose([*words, "checkpoint=last"], "evaluate"))
    assert found.summary["metrics"]["val_accuracy"] == pytest.approx(last["val_accuracy"], rel=1e-6)
    assert abs(last["val_accuracy"] - max(validated)) > 1e-3


class Quiet(keras.callbacks.Callback):
    """Sees the end of a test, and changes nothing."""

    def on_test_end(self, logs=None):
        self.seen = True


@pytest.mark.in_turn
@pytest.mark.slow
@pytest.mark.parametrize("loop", ["custom", "fit"])
def test_the_best_model_draws_what_it_drew_when_it_was_validated(tmp_path, backend, loop):
    short = ("experiment=autoencoder", "epochs=2", "compile=false", f"loop={loop}")
    found = run(tmp_path, backend, *short, f"+callback.quiet._target_={__name__}.Quiet")
    validated = min(float(row["val_loss"]) for row in rows(found.folder / "epochs.csv"))
    again = evaluate(compose([f"run={found.folder}", "split=validation"], "evaluate"))
    assert again["val_loss"] == pytest.approx(validated, rel=1e-6)


class Judging(keras.callbacks.Callback):
    """Adds a metric of its own to the logs, as one computed on a file of its own would be."""

    def on_epoch_end(self, epoch, logs=None):
        logs["val_own"] = [0.2, 0.5, 0.4][epoch]


@pytest.mark.once
@pytest.mark.slow
def test_the_best_is_judged_by_what_a_callback_measures(tmp_path, backend):
    judging = f"+callback.judging._target_={__name__}.Judging"
    words = ("data.validation_size=0", "monitor=val_own", "monitor_mode=max", "epochs=3")
    found = run(tmp_path, backend, *SHORT, judging, *words)
    best = read(found.folder / "checkpoints" / "best.npz")
    assert (best.position.epoch, best.document["best"]) == (2, -0.5)
