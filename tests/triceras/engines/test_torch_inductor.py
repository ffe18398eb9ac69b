import numpy as np
import pytest

from triceras import engines


@pytest.fixture(autouse=True)
def only_here(backend):
    if backend != "torch":
        pytest.skip("the engine of another backend")


@pytest.fixture
def torch_inductor(only_here):
    from triceras.engines import torch_inductor

    return torch_inductor


@pytest.mark.slow_on("torch")
def test_inductor_is_not_for_a_graph_that_reads_a_value(start, torch_inductor):
    class Reading(engines.engine_class()):
        def train_step(self, state, parts, key):
            image = parts["image"] * parts["label"][0].item()
            return super().train_step(state, parts | {"image": image}, key)

    run = start(engine=Reading, planned_steps=10**6)
    losses, _ = run.train(0, 2)
    (program,) = run.engine.programs.values()
    nodes = program.function.graph.nodes
    assert torch_inductor.READS_A_VALUE in {node.target for node in nodes}
    eager = start(engine=Reading, compile=False)
    assert np.array_equal(losses["loss"], eager.train(0, 2)[0]["loss"])


@pytest.mark.slow
def test_inductor_gives_the_numbers_of_the_traced_graph(start, start_again):
    optimized, plain = start(planned_steps=10**6), start_again()
    losses = [run.train(0, 5)[0]["loss"] for run in (optimized, plain)]
    np.testing.assert_allclose(*losses, rtol=1e-5)


@pytest.mark.slow_on("torch")
def test_without_a_compiler_the_traced_graph_runs(start, start_again, told, monkeypatch, tmp_path):
    import torch

    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path))
    run = start(planned_steps=10**6)
    with torch._inductor.config.patch({"cpp.cxx": ("no-such-compiler",)}):
        losses, _ = run.train(0, 3)
    (message,) = told()
    assert "inductor failed" in message
    assert "\n" not in message
    assert run.engine.compile
    assert np.array_equal(losses["loss"], start_again().train(0, 3)[0]["loss"])


def test_inductor_updates_the_state_in_place_to_the_same_numbers(torch_inductor):
    import torch
    from torch.fx.experimental.proxy_tensor import make_fx

    def step(a, b, column, row):
        return [a + torch.mm(column, row), b, (a * b).sum()]

    example = [torch.rand(3, 4), torch.rand(3, 4), torch.rand(3, 1), torch.rand(1, 4)]
    graph = make_fx(step, tracing_mode="fake")(*example)
    changed = torch_inductor.updating_in_place(graph, 2)
    a, b, total = graph(*example)
    given = [each.clone() for each in example]
    (total_in_place,) = changed(*given)
    assert torch.equal(total, total_in_place)
    assert torch.equal(a, given[0])
    assert torch.equal(b, given[1])
    assert torch.ops.aten.mm.default not in {node.target for node in changed.graph.nodes}
    assert torch.ops.aten.mm.default in {node.target for node in graph.graph.nodes}


def test_a_state_may_take_the_old_value_of_another(torch_inductor):
    import torch

    from triceras.engines.torch_graph import traced

    def lag(now, before, x):
        return [now + x, now.detach(), now[:2], (now - before).sum()]

    example = [torch.zeros(4), torch.zeros(4), torch.ones(4)]
    graph = torch_inductor.updating_in_place(traced(lag, example).function, 2)
    now, before = torch.arange(4.0), torch.zeros(4)
    part, total = graph(now, before, torch.ones(4))
    assert now.tolist() == [1, 2, 3, 4]
    assert before.tolist() == [0, 1, 2, 3]
    assert part.tolist() == [0, 1]
    assert float(total) == 6
