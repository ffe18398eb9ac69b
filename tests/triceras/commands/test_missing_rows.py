"""A number that a table has no row for is told before a step, and before an output is written."""

import json

import numpy as np
import pytest

from triceras.commands.evaluate import evaluate
from triceras.commands.predict import predict
from triceras.config import compose
from triceras.errors import UserError
from triceras.modelling.table_rows import LOOKED_AT
from triceras.testing.runs import run

LAYERS = (
    "[{_target_: keras.layers.Embedding, input_dim: 5, output_dim: 4}, "
    "{_target_: keras.layers.Flatten}, {_target_: keras.layers.Dense, units: 2}]"
)


def write(path, number):
    words = np.arange(40).reshape(20, 2) % 5
    words[13, 1] = number
    np.savez(path, words=words, label=np.arange(20) % 2)
    return ["data=arrays", f"data.path={path}"]


@pytest.mark.slow
@pytest.mark.once
def test_what_is_trained_evaluated_and_predicted_is_looked_at_before(tmp_path, backend):
    good, bad = write(tmp_path / "own.npz", 1), write(tmp_path / "bad.npz", 5)
    options = ["experiment=linear", f"+model.network.layers={LAYERS}", "+model.inputs=words"]
    options += ["model.network._target_=keras.Sequential", "max_steps=1", "batch_size=4"]
    with pytest.raises(UserError, match=r"^words of row 13 of the .* data .* input_dim=6"):
        run(tmp_path / "no", backend, *options, *bad)
    folder = run(tmp_path / "run", backend, *options, *good).folder
    words = [f"run={folder}", "checkpoint=last", "split=all", *bad]
    said = r"^words of row 13 of the whole data .* holds 5, .*: leave such rows out"
    with pytest.raises(UserError, match=said):
        evaluate(compose(words, "evaluate"))
    with pytest.raises(UserError, match=said):
        predict(compose([*words, f"output={tmp_path / 'p.npz'}"], "predict"))
    assert not (tmp_path / "p.npz").exists()
    # A user that is new is not the last one.
    write(tmp_path / "bad.npz", -1)
    with pytest.raises(UserError, match=r"^words of row 13 of the whole data .* holds -1, and"):
        predict(compose([*words, f"output={tmp_path / 'p.npz'}"], "predict"))
    record = tmp_path / "record.json"
    described = folder / "run.json"
    described.rename(record)
    before = json.loads(record.read_text())
    described.write_text(json.dumps({key: before[key] for key in before if key != LOOKED_AT}))
    assert predict(compose([*words, f"output={tmp_path / 'p.npz'}"], "predict")).is_file()
