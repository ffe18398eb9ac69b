"""The hand-written code computes what our engine computes."""

import importlib

import pytest

from triceras.benchmark.inputs import Inputs
from triceras.benchmark.reference import reference
from triceras.benchmark.summary import difference
from triceras.config import ROOT

STEPS = 6
PEERS = ROOT / "benchmarks" / "peers"
EXPERIMENTS = sorted({str(path.parent.relative_to(PEERS)) for path in PEERS.rglob("*.py")})


def contenders(experiment, backend):
    name = f"benchmarks.peers.{experiment.replace('/', '.')}.{backend}"
    return importlib.import_module(name).CONTENDERS


@pytest.mark.slow
@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_native_code_has_our_losses(tmp_path, backend, configure, experiment, monkeypatch):
    if backend == "torch":
        # What the graph computes is checked; inductor would take a minute.
        monkeypatch.setattr("torch.compile", lambda function, **options: function)
    config = configure(f"experiment={experiment}", "optimizer.epsilon=1e-12")
    ours = reference(config, tmp_path / "inputs.npz", STEPS, STEPS)
    inputs = Inputs.load(tmp_path / "inputs.npz")
    found = contenders(experiment, backend)
    assert set(found) == {"expert's", "people's"}
    for forms in found.values():
        for name, make in forms.items():
            losses = make(inputs)(0, STEPS)
            assert losses.shape == (STEPS,)
            assert difference(losses, ours["losses"]) < 1e-4, name
            if inputs.noise:
                # Its own gives another curve, about as high.
                own = make(inputs.without_noise())(0, STEPS)
                assert difference(own, losses) > 1e-6, name
                assert own.mean() == pytest.approx(losses.mean(), rel=0.1), name
