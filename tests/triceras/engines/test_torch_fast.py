"""Short runs: a graph that is fused, and what is done where it cannot be."""

from types import SimpleNamespace

import numpy as np
import pytest


@pytest.fixture(autouse=True)
def only_here(backend):
    if backend != "torch":
        pytest.skip("the engine of another backend")


@pytest.fixture
def torch_fast(only_here):
    from triceras.engines import torch_fast

    return torch_fast


@pytest.mark.slow_on("torch")
def test_a_step_is_a_few_calls(start):
    run = start()
    run.train(0, 1)
    (program,) = run.engine.programs.values()
    targets = [str(node.target) for node in program.function.graph.nodes]
    assert sum("pointwise" in target for target in targets) > 1
    left = ("add.", "sub.", "mul.", "div.", "relu", "where", "foreach")
    assert not [target for target in targets if target.startswith(tuple(f"aten.{n}" for n in left))]


def test_without_a_compiler_the_numbers_are_the_same(start, start_again, torch_fast, monkeypatch):
    wanted = start_again().train(0, 5)[0]["loss"]
    monkeypatch.setattr(torch_fast, "pointwise", lambda: None)
    found = start().train(0, 5)[0]["loss"]
    np.testing.assert_allclose(found, wanted, rtol=1e-6)


def test_a_step_that_cannot_be_fused_is_computed_all_the_same(
    start, start_again, torch_fast, monkeypatch, caplog
):
    wanted = start_again().train(0, 5)[0]["loss"]

    def fail(*arguments):
        raise KeyError("an operation\nthat nobody foresaw")

    monkeypatch.setattr(torch_fast, "simplified", fail)
    np.testing.assert_allclose(start().train(0, 5)[0]["loss"], wanted, rtol=1e-6)
    (told,) = {r.getMessage() for r in caplog.records if r.name.startswith("triceras")}
    assert told.startswith("the step runs as a traced graph, slower, as it was not fused: ")
    assert "nobody foresaw" in told


@pytest.mark.parametrize("compiler", ["no-such-compiler", "false"])
def test_no_compiler_or_a_bad_one(torch_fast, monkeypatch, tmp_path, compiler):
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path / "inductor"))
    monkeypatch.setenv("CC", compiler)
    assert torch_fast.pointwise.__wrapped__() is None


@pytest.mark.slow_on("torch")
def test_c_that_gives_other_numbers_is_not_used(torch_fast, monkeypatch, caplog, tmp_path):
    import torch

    from triceras.engines.torch_graph import traced

    source = tmp_path / "pointwise.c"
    source.write_text(torch_fast.POINTWISE.read_text().replace("x[k] * y[k])", "x[k] * x[k])"))
    monkeypatch.setattr(torch_fast, "POINTWISE", source)
    monkeypatch.delenv("TORCHINDUCTOR_CACHE_DIR", raising=False)
    wrong = torch_fast.pointwise.__wrapped__()
    monkeypatch.setattr(torch_fast, "pointwise", lambda: wrong)
    x = torch.tensor([2.0, 3.0])
    graph = torch_fast.fast(traced(lambda x: [x * 5.0], (x,)).function, [x], 0)
    assert torch.equal(graph(x)[0], x * 5.0)
    assert "other numbers" in caplog.text


@pytest.mark.parametrize("right", [True, False])
def test_what_rounding_decides_does_not_count_against_what_was_compiled(
    torch_fast, monkeypatch, caplog, right
):
    import torch
    from torch.fx import symbolic_trace

    # The last digits of the weights alone decide what the second one is.
    graph = symbolic_trace(lambda w: (2.0 * w, torch.sin(1e8 * w)))
    factor = 2.0 if right else 2.5
    other = symbolic_trace(lambda w: (factor * w, torch.sin(1e8 * w + 1.0)))
    monkeypatch.setattr(torch_fast, "functional", lambda graph, example: graph)
    monkeypatch.setattr(torch_fast, "simplified", lambda graph, state: graph)
    monkeypatch.setattr(torch_fast, "fused", lambda graph, state, library: other)
    monkeypatch.setattr(torch_fast, "pointwise", lambda: SimpleNamespace(pointwise=None))
    weights = torch.rand(100, generator=torch.Generator().manual_seed(0))
    assert torch_fast.fast(graph, [weights], 1) is (other if right else graph)
    assert ("gave other numbers" in caplog.text) != right


@pytest.mark.parametrize("labels", ["float32", "int64"])
def test_labels_that_are_numbers_with_a_point_decide_nothing(
    torch_fast, monkeypatch, caplog, labels
):
    import torch
    from torch.fx import symbolic_trace

    def graph_of(factor):
        def step(w, x, y):
            places = y.long()[:, None] == torch.arange(3)
            return (factor * (x.T @ (torch.softmax(x @ w, -1) - places.float())),)

        return symbolic_trace(step)

    graph, other = graph_of(1.0), graph_of(3.0)
    monkeypatch.setattr(torch_fast, "functional", lambda graph, example: graph)
    monkeypatch.setattr(torch_fast, "simplified", lambda graph, state: graph)
    monkeypatch.setattr(torch_fast, "fused", lambda graph, state, library: other)
    monkeypatch.setattr(torch_fast, "pointwise", lambda: SimpleNamespace(pointwise=None))
    random = torch.Generator().manual_seed(0)
    w, x = torch.randn(4, 3, generator=random), torch.randn(32, 4, generator=random)
    y = torch.randint(0, 3, (32,), generator=random).to(getattr(torch, labels))
    assert torch_fast.fast(graph, [w, x, y], 1) is graph
    assert "gave other numbers" in caplog.text
