"""A run as a whole: what it reports is of the weights that it ends with."""

import keras
import numpy as np
import pytest

from triceras.commands.evaluate import evaluate
from triceras.config import compose
from triceras.testing.runs import rows, run

SHORT = ("experiment=classifier", "model=linear", "batch_size=64", "epochs=3", "compile=false")
BEST_FIRST = (
    "callback=early_stopping",
    "callback.early_stopping.min_delta=1000",
    "+callback.early_stopping.restore_best_weights=true",
)
AVERAGES = ("+optimizer.use_ema=true", "+optimizer.ema_momentum=0.9")


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


@pytest.mark.slow
@pytest.mark.parametrize("loop", ["custom", pytest.param("fit", marks=pytest.mark.once)])
def test_the_best_model_is_as_it_was_validated(tmp_path, backend, loop):
    shifts = f"+callback.shifts._target_={__name__}.Shifting"
    found = run(tmp_path, backend, *SHORT, f"loop={loop}", shifts)
    best = max(float(row["val_accuracy"]) for row in rows(found.folder / "epochs.csv"))
    again = evaluate(compose([f"run={found.folder}", "split=validation"], "evaluate"))
    assert again["val_accuracy"] == pytest.approx(best, rel=1e-6)
    assert found.summary["metrics"]["val_accuracy"] < best
