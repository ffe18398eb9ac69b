"""Graphs with less in them give the same."""

import pytest


@pytest.fixture(autouse=True)
def only_here(backend):
    if backend != "torch":
        pytest.skip("the engine of another backend")


def both(step, *arguments, state=0):
    """Results of a function and of its simplified graph, and the targets of this one."""
    import torch

    from triceras.engines.torch_graph import functional, traced
    from triceras.engines.torch_simplify import simplified

    graph = functional(traced(step, arguments).function, arguments)
    graph = simplified(graph, state)
    found, wanted = graph(*arguments), step(*arguments)
    assert all(torch.equal(a, b) for a, b in zip(found, wanted, strict=True))
    nodes = [node for node in graph.graph.nodes if node.op == "call_function"]
    return found, [str(node.target) for node in nodes]


def test_what_depends_on_nothing_and_what_is_there_twice_goes():
    import torch

    def step(x):
        constant = torch.ones_like(x) * 3 + torch.arange(2.0)
        return [x.detach().clone().exp() * constant + x.exp(), x.sum().sum()]

    _, targets = both(step, torch.tensor([1.0, 2.0]))
    assert sorted(targets) == [
        "aten.add.Tensor",
        "aten.exp.default",
        "aten.mul.Tensor",
        "aten.sum.default",
    ]


@pytest.mark.parametrize("numbers", [(1, 1.0), (0.0, -0.0), (True, 1)])
def test_equal_numbers_that_mean_something_else_stay_apart(numbers):
    import torch

    def step(x):
        return [torch.full_like(x, 2) / n if n == 0 else x * n for n in numbers]

    both(step, torch.tensor([1, 2]))


def test_random_numbers_are_drawn_as_often_as_before():
    import torch
    from torch.fx.experimental.proxy_tensor import make_fx

    from triceras.engines.torch_simplify import simplified

    def step(x):
        return [torch.rand_like(x) + torch.rand_like(x), torch.rand(3)]

    graph = simplified(make_fx(step, tracing_mode="fake")(torch.ones(3)), 0)
    drawn = [node for node in graph.graph.nodes if "rand" in str(node.target)]
    assert len(drawn) == 3


def test_no_result_lies_in_the_memory_of_another_or_of_an_argument():
    import torch

    def step(a, b, rows):
        new = a + 1
        # Its schema does not say that it is a view.
        wide = torch.ops.aten._unsafe_view(new, [1, 2])
        views = [new.detach(), new.view(-1), rows[:1], wide]
        return [new, a.clone(), b, *views, torch.ones(2), b]

    arguments = [torch.zeros(2), torch.zeros(2), torch.zeros(2)]
    found, _ = both(step, *arguments, state=3)
    places = [tensor.untyped_storage().data_ptr() for tensor in found]
    assert len(set(places)) == len(places)
    # `b`, the third result, takes the place of the third argument.
    assert not set(places) & {a.untyped_storage().data_ptr() for a in arguments}


def test_an_unchanged_part_of_the_state_is_returned_as_it_is():
    import torch

    arguments = [torch.zeros(2), torch.zeros(2)]
    found, targets = both(lambda a, b: [a, b * 2], *arguments, state=2)
    assert found[0] is arguments[0]
    assert targets == ["aten.mul.Tensor"]


def test_lists_are_split():
    import torch

    def step(a, b):
        products = torch._foreach_mul([a, b], [b, a])
        torch._foreach_sqrt_(products)
        return [products[0], products[1]]

    _, targets = both(step, torch.rand(3), torch.rand(3))
    assert not any("foreach" in target for target in targets)
