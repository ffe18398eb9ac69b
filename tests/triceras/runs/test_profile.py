"""A trace of a run on each backend, and what its table says."""

import gzip
import json
import time
import types

import pytest

from triceras import engines
from triceras.commands.train import train
from triceras.config import compose
from triceras.errors import UserError
from triceras.runs import trace
from triceras.runs.profile import TABLE, TRACE, Profile

# What a product of matrices is called.
PRODUCTS = {"jax": ("dot", "ynn_fusion"), "tensorflow": ("MatMul", "dot"), "torch": ("aten::mm",)}
# What else the table has: on JAX parts of the model are not known of a program from a cache.
OTHERS = {"jax": "fusion", "tensorflow": "(gradient)", "torch": "pointwise, "}


@pytest.mark.slow
def test_a_run_leaves_a_trace_and_a_table(tmp_path, backend, capsys):
    config = compose(
        [
            "debug=profile",
            f"backend={backend}",
            "figures=none",
            "callback.profile.after=2",
            "callback.profile.steps=2",
            "loop.steps_per_call=2",
            "max_steps=6",
            f"output_dir={tmp_path}",
            # A program that no earlier session kept: it has another number in it.
            f"model.network.dropout={0.4 + time.time_ns() % 10**8 / 1e9}",
        ]
    )
    folder = train(config).folder
    with gzip.open(folder / TRACE, "rt") as file:
        events = json.load(file)["traceEvents"]
    names = [event["name"] for event in events if event.get("ph") == "X"]
    assert any(name.startswith(PRODUCTS[backend]) for name in names)
    text = (folder / TABLE).read_text()
    assert f"2 steps on {backend}" in text
    assert any(product in text for product in PRODUCTS[backend])
    assert OTHERS[backend] in text
    # Perfetto takes a thread 0 for the processor's idle one.
    assert all(event["tid"] and event["dur"] >= 0 for event in events if event.get("ph") == "X")
    assert f"trace: {folder / TRACE}" in capsys.readouterr().out
    assert not (folder / "trace").exists()


@pytest.fixture
def profiler(monkeypatch):
    """Tells what it was asked, in the place of a framework's."""
    asked = []
    module = types.SimpleNamespace(
        start=lambda folder: asked.append("start"), stop=lambda folder, trace: asked.append("stop")
    )
    monkeypatch.setattr(engines, "profiler", lambda: module)
    monkeypatch.setattr("triceras.runs.profile.trace.read", lambda path: [])
    return asked


def take(profile, *calls):
    for begin, end in calls:
        profile.on_train_batch_begin(begin)
        profile.on_train_batch_end(end - 1)


@pytest.mark.once
def test_it_traces_once_and_whole_programs(tmp_path, profiler):
    profile = Profile(tmp_path / "checkpoints", after=3, steps=3)
    take(profile, (0, 2), (2, 4))
    assert profiler == []
    # The next epoch counts from 0 again.
    take(profile, (0, 2))
    assert profiler == ["start"]
    take(profile, (2, 4), (4, 6), (6, 8))
    profile.on_train_end()
    assert profiler == ["start", "stop"]


@pytest.mark.once
def test_what_waits_has_no_share(tmp_path, capsys):
    rows = [
        trace.Row("BlockUntilReady", "", 2, 9.0),
        trace.Row("dot", "vae/encoder", 3, 3.0),
        trace.Row("add", "", 1, 1.0),
    ]
    Profile(tmp_path / "checkpoints").show(rows, 100)
    lines = (tmp_path / TABLE).read_text().splitlines()
    (dot,) = (line.split() for line in lines if "dot" in line)
    assert dot[1::2] == ["dot", "vae/encoder", "3", "3,000.00", "75.0%"]
    (waiting,) = (line for line in lines if "waiting for the above" in line)
    assert "9,000.00" in waiting
    assert "%" not in waiting
    assert not any("BlockUntilReady" in line for line in lines)


@pytest.mark.once
def test_a_run_that_ends_before(tmp_path, profiler, caplog):
    profile = Profile(tmp_path / "checkpoints", after=3, steps=9)
    take(profile, (0, 3), (3, 6))
    profile.on_train_end()
    assert profiler == ["start", "stop"]
    short = Profile(tmp_path / "checkpoints", after=3)
    take(short, (0, 2))
    short.on_train_end()
    assert "no steps were traced: the run took 2, and callback.profile.after=3 are" in caplog.text


@pytest.mark.once
def test_a_profiler_that_fails_ends_no_run(tmp_path, profiler, monkeypatch, caplog):
    def fail(folder):
        raise RuntimeError("another one is running")

    monkeypatch.setattr(engines, "profiler", lambda: types.SimpleNamespace(start=fail))
    profile = Profile(tmp_path / "checkpoints", after=1)
    take(profile, (0, 2), (2, 4), (4, 6))
    profile.on_train_end()
    assert caplog.text.count("no trace of this run: RuntimeError: another one is running") == 1


@pytest.mark.once
@pytest.mark.parametrize("name", ["after", "steps"])
def test_settings(tmp_path, name):
    with pytest.raises(UserError, match=rf"callback\.profile\.{name}=0 is no whole number"):
        Profile(tmp_path, **{name: 0})
