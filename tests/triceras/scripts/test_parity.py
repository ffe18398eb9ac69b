"""The command itself, as a person types it."""

import json
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from triceras.backend import installed
from triceras.parity.evidence import Evidence

pytestmark = pytest.mark.once


@pytest.mark.slow
def test_all_installed_backends_agree(tmp_path, run_script, backend):
    words = ["experiment=linear", "batch_size=32", "steps=3", "seed=5"]
    # This process looks at the data, on the first one.
    backends = sorted(installed(), key=lambda name: name != backend)
    more = [f"backends={','.join(backends)}", "loops=custom,fit", f"output_dir={tmp_path}"]
    result = run_script("parity.py", *words, *more)
    assert result.returncode == 0, result.stderr
    assert "Traceback" not in result.stderr
    folder = Path(result.stdout.splitlines()[-1].removeprefix("parity: "))
    assert folder.parent == tmp_path / "parity" / "linear"
    content = json.loads((folder / "parity.json").read_text())
    assert content["overrides"][:4] == words
    pairs = [
        (c["reference"], c["other"]) for c in content["comparisons"] if "update" in c["differences"]
    ]
    assert pairs == list(combinations(backends, 2))
    curves = []
    for name in installed():
        assert content["processes"][name]["backend"] == name
        losses = Evidence.load(folder / name).losses
        assert list(losses) == ["custom", "fit"]
        curves += [losses[loop]["loss"] for loop in losses]
    assert curves[0].shape == (3,)
    assert len(set(curves[0])) == 3
    for curve in curves[1:]:
        np.testing.assert_allclose(curve, curves[0], rtol=1e-5)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["experiment=nope"], "experiment=nope is unknown: use one of "),
        (["backend=jax"], "backend=jax says nothing here: use backends=jax"),
        (["backends=jax,theano"], "backends=theano is unknown: use some of jax, tensorflow"),
        (["loops=custom,no"], "loops=no is unknown: use some of custom, fit"),
        (["steps=0"], "steps=0 is no whole number of at least 1"),
        (["data=images", "data.path=nowhere.npz"], "data.path=nowhere.npz does not exist"),
    ],
)
@pytest.mark.slow
def test_bad_input_gets_one_line_and_no_folder(
    tmp_path, run_script, monkeypatch, backend, arguments, message
):
    monkeypatch.chdir(tmp_path)
    # Data are looked for by this process, on the first backend.
    chosen = [f"backends={backend}"] if arguments[0] == "data=images" else []
    result = run_script("parity.py", *chosen, *arguments, f"output_dir={tmp_path}")
    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    assert result.stderr.startswith(f"error: {message}")
    assert list(tmp_path.iterdir()) == []
