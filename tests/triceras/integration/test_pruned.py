"""A run that a search gives up."""

import keras
import pytest

from triceras.runs.stop import Pruned
from triceras.testing.runs import column, run

# What is saved, and how a run goes on with it, is tested on each backend by test_resume.py.
pytestmark = [pytest.mark.once, pytest.mark.slow]
WORDS = ("experiment=linear", "epochs=3")


class AfterOneEpoch(keras.callbacks.Callback):
    """Gives a run up in the midst."""

    def __init__(self, stop):
        super().__init__()
        self.stop = stop

    def on_epoch_end(self, epoch, logs=None):
        if epoch == 0:
            self.stop.prune("val_loss = 3 after epoch 1")


@pytest.mark.parametrize("loop", ["custom", "fit"])
def test_is_saved_and_can_go_on_to_the_same_bits(loop, tmp_path, backend, monkeypatch):
    whole = run(tmp_path / "whole", backend, *WORDS, f"loop={loop}")
    with monkeypatch.context() as patched:
        patched.setattr(
            "triceras.loops.callbacks.pruning", lambda config, stop: [AfterOneEpoch(stop)]
        )
        with pytest.raises(Pruned, match="val_loss = 3 after epoch 1"):
            run(tmp_path / "pruned", backend, *WORDS, f"loop={loop}")
    (record,) = (tmp_path / "pruned").rglob("run.json")
    assert '"status": "pruned"' in record.read_text()
    assert not (record.parent / "summary.json").exists()
    assert (record.parent / "checkpoints" / "best.npz").exists()
    resumed = run(tmp_path / "pruned", backend, *WORDS, f"loop={loop}", f"resume={record.parent}")
    assert '"status": "finished"' in record.read_text()
    assert column(resumed) == column(whole)
    assert resumed.summary["metrics"] == whole.summary["metrics"]
