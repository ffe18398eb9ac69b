"""A run as a whole: what it reports is of the weights that it ends with."""

import numpy as np
import pytest

from triceras.commands.evaluate import evaluate
from triceras.config import compose
from triceras.testing.runs import run

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
