"""The hand-written code computes what our engine computes."""

import functools
import importlib

import pytest

from triceras.benchmark.inputs import Inputs
from triceras.benchmark.natives import epsilons
from triceras.benchmark.reference import reference
from triceras.benchmark.summary import difference
from triceras.config import ROOT, files

STEPS = 6
PEERS = ROOT / "benchmarks" / "peers"
EXPERIMENTS = sorted({str(path.parent.relative_to(PEERS)) for path in PEERS.rglob("*.py")})

DIGITS = ("data=digits",)
# So that a step is soon compiled.
SMALL = {
    "cnn": (*DIGITS, "model.network.filters=[2]", "model.network.units=2"),
    "gan": (*DIGITS, "model.network.filters=2"),
    "grokking": ("model.network.width=8", "model.network.heads=2"),
    "lstm": (*DIGITS, "model.network.units=4"),
}
# Of a loss. What its own tolerances in conf/ say of rounding holds here too.
TOLERANCE = {"guide/hypernetwork": 1e-4}


def contenders(experiment, backend):
    name = f"benchmarks.peers.{experiment.replace('/', '.')}.{backend}"
    return importlib.import_module(name).CONTENDERS


@pytest.fixture
def hardly_compiling(backend, monkeypatch):
    """What programs compute is checked; inductor would take a minute, and XLA seconds."""
    if backend == "torch":
        monkeypatch.setattr("torch.compile", lambda function, **options: function)
    if backend == "tensorflow":
        import tensorflow as tf

        function = tf.function

        @functools.wraps(function)
        def without_xla(*args, jit_compile=None, **options):
            return function(*args, **options)

        monkeypatch.setattr(tf, "function", without_xla)
    if backend != "jax":
        yield
        return
    import jax

    jax.config.update("jax_disable_most_optimizations", True)
    yield
    jax.config.update("jax_disable_most_optimizations", False)


@pytest.mark.once
def test_seven_workloads_on_each_backend():
    workloads = {"guide/vae", "vae", "guide/hypernetwork", "cnn", "gan", "grokking", "lstm"}
    assert workloads <= set(EXPERIMENTS) <= set(files("experiment"))
    for experiment in EXPERIMENTS:
        assert {path.stem for path in (PEERS / experiment).glob("*.py")} == set(files("backend"))


@pytest.mark.slow
@pytest.mark.usefixtures("hardly_compiling")
@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_native_code_has_our_losses(tmp_path, backend, configure, experiment):
    config = configure(f"experiment={experiment}", *SMALL.get(experiment, DIGITS))
    config.merge_with_dotlist(epsilons(config, 1e-12))
    ours = reference(config, tmp_path / "inputs.npz", STEPS, STEPS)
    inputs = Inputs.load(tmp_path / "inputs.npz")
    found = contenders(experiment, backend)
    assert set(found) == {"expert's", "people's"}
    for forms in found.values():
        for name, make in forms.items():
            losses = make(inputs)(0, STEPS)
            assert losses.shape == (STEPS,)
            assert difference(losses, ours["losses"]) < TOLERANCE.get(experiment, 1e-5), name
