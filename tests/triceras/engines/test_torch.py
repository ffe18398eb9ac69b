import logging

import keras
import numpy as np
import pytest

from triceras import engines
from triceras.data.batch import BatchPreparation
from triceras.random.install import install, uninstall


@pytest.fixture(autouse=True)
def only_here(backend):
    if backend != "torch":
        pytest.skip("the engine of another backend")


def torch_inductor():
    from triceras.engines import torch_inductor

    return torch_inductor


def ours(caplog):
    return [r.getMessage() for r in caplog.records if r.name.startswith("triceras")]


@pytest.mark.parametrize(("planned", "expected"), [(0, False), (10**6, True)])
def test_inductor_is_for_long_runs(start, monkeypatch, planned, expected):
    asked = []
    module = engines.module()
    monkeypatch.setattr(module, "compiled", lambda graph, *_: asked.append(graph) or graph)
    start(planned_steps=planned).train(0, 2)
    assert bool(asked) == expected


@pytest.mark.parametrize("optimizer", [keras.optimizers.SGD, keras.optimizers.Adadelta])
def test_no_optimizer_reads_the_learning_rate(start_linear, optimizer):
    run = start_linear(optimizer)
    run.train(0, 1)
    (program,) = run.engine.programs.values()
    targets = {node.target for node in program.function.graph.nodes}
    assert len(targets) > 10
    assert torch_inductor().READS_A_VALUE not in targets


def test_inductor_is_not_for_a_graph_that_reads_a_value(start):
    class Reading(engines.engine_class()):
        def train_step(self, state, x, y, key):
            return super().train_step(state, x * y[0].item(), y, key)

    run = start(engine=Reading, planned_steps=10**6)
    losses, _ = run.train(0, 2)
    (program,) = run.engine.programs.values()
    nodes = program.function.graph.nodes
    assert torch_inductor().READS_A_VALUE in {node.target for node in nodes}
    eager = start(engine=Reading, compile=False)
    assert np.array_equal(losses["loss"], eager.train(0, 2)[0]["loss"])


def test_a_step_leaves_the_state_that_it_is_given_alone(start, build):
    run = start(build, compile=False)
    run.train(0, 1)
    state = run.engine.state
    before = [a.clone() for a in keras.tree.flatten(state)]
    run.train(1, 2)
    assert run.engine.state is not state
    after = keras.tree.flatten(state)
    assert all(bool((a == b).all()) for a, b in zip(before, after, strict=True))


@pytest.mark.slow
def test_inductor_gives_the_numbers_of_the_traced_graph(start):
    optimized, plain = start(planned_steps=10**6), start()
    losses = [run.train(0, 5)[0]["loss"] for run in (optimized, plain)]
    np.testing.assert_allclose(*losses, rtol=1e-5)


def test_without_a_compiler_the_traced_graph_runs(start, caplog, monkeypatch, tmp_path):
    import torch

    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(torch._inductor.config.cpp, "cxx", ("no-such-compiler",))
    run = start(planned_steps=10**6)
    with caplog.at_level(logging.WARNING, "triceras"):
        losses, _ = run.train(0, 3)
    (message,) = ours(caplog)
    assert "inductor failed" in message
    assert "\n" not in message
    assert run.engine.compile
    assert np.array_equal(losses["loss"], start().train(0, 3)[0]["loss"])


def test_native_noise_cannot_be_traced(start, caplog):
    def noisy():
        layers = [keras.Input((64,)), keras.layers.GaussianNoise(0.1), keras.layers.Dense(10)]
        model = keras.Sequential(layers)
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile("sgd", loss)
        return model, BatchPreparation("labels")

    assert start(noisy).train(0, 1)
    uninstall()
    try:
        with caplog.at_level(logging.WARNING, "triceras"):
            run = start(noisy)
            run.train(0, 2)
    finally:
        install()
    assert len(ours(caplog)) == 1
    assert not run.engine.compile


def test_numbers_too_small_to_be_exact_are_0_in_all_threads():
    import subprocess
    import sys

    code = (
        "from triceras import engines; engines.module(); import torch\n"
        "torch.set_num_threads(2); x = torch.full((10**6,), 1e-30)\n"
        "assert not (x * 1e-10).any(), 'not in all threads'"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_inductor_updates_the_state_in_place_to_the_same_numbers():
    import torch
    from torch.fx.experimental.proxy_tensor import make_fx

    def step(a, b, column, row):
        return [a + torch.mm(column, row), b, (a * b).sum()]

    example = [torch.rand(3, 4), torch.rand(3, 4), torch.rand(3, 1), torch.rand(1, 4)]
    graph = make_fx(step, tracing_mode="fake")(*example)
    changed = torch_inductor().updating_in_place(graph, 2)
    a, b, total = graph(*example)
    given = [each.clone() for each in example]
    (total_in_place,) = changed(*given)
    assert torch.equal(total, total_in_place)
    assert torch.equal(a, given[0])
    assert torch.equal(b, given[1])
    assert torch.ops.aten.mm.default not in {node.target for node in changed.graph.nodes}
    assert torch.ops.aten.mm.default in {node.target for node in graph.graph.nodes}
