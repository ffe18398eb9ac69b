"""Graphs without copies give what graphs with them give."""

import pytest


@pytest.fixture(autouse=True)
def only_here(backend):
    if backend != "torch":
        pytest.skip("the engine of another backend")


def both(step, state, others=()):
    """The results of a step as it is and as it is tidied, and the tidied graph."""
    import torch

    from triceras.engines.torch_graph import traced
    from triceras.engines.torch_tidy import tidied

    wanted = step([a.clone() for a in state], *others)
    graph = tidied(traced(step, ([a.clone() for a in state], *others)).function, len(state))
    own = [a.clone() for a in state]
    found = graph(*own, *others)
    assert all(torch.equal(a, b) for a, b in zip(found, wanted, strict=True))
    return found, own, graph


def count(graph, name):
    return sum(str(node.target).startswith(f"aten.{name}.") for node in graph.graph.nodes)


def test_state_is_changed_in_place_where_nobody_reads_it_afterwards():
    import torch

    def step(state):
        gradient = state[0].detach() * 2
        new = state[0].clone()
        new.sub_(gradient)
        return [new, state[1] + 1]

    found, own, graph = both(step, [torch.rand(3), torch.rand(2)])
    assert found[0] is own[0]
    assert (count(graph, "clone"), count(graph, "detach")) == (0, 0)


def read_later(state):
    new = state[0].clone()
    new.mul_(2)
    return [new, state[0] + 1]


def read_later_through_a_view(state):
    transposed = state[0].view(-1)
    new = state[0].clone()
    new.mul_(2)
    return [new, transposed + 1]


def returned_twice(state):
    new = state[0].clone()
    new.mul_(2)
    return [new, state[1] + 1, new]


def returned_as_another_part(state):
    new = state[0].clone()
    new.mul_(2)
    return [state[0] + 1, new]


@pytest.mark.parametrize(
    "step", [read_later, read_later_through_a_view, returned_twice, returned_as_another_part]
)
def test_copies_that_are_needed_stay(step):
    import torch

    _, own, graph = both(step, [torch.ones(3), torch.ones(3)])
    assert count(graph, "clone") >= 1
    assert all(torch.equal(a, torch.ones(3)) for a in own)


def test_a_constant_is_copied_where_it_is_changed():
    import torch

    def step(state):
        kept, changed = torch.tensor([1.0, 2.0]), torch.tensor([1.0, 2.0])
        changed.add_(state[0])
        return [state[0] + kept + changed]

    _, _, graph = both(step, [torch.ones(2)])
    assert count(graph, "lift_fresh_copy") == 1
    first, second = graph(torch.ones(2)), graph(torch.ones(2))
    assert torch.equal(first[0], second[0])


def test_lists_are_changed_in_place():
    import torch

    def step(state):
        new = [a.clone() for a in state]
        torch._foreach_add_(new, [a * 3 for a in state])
        return new

    found, own, graph = both(step, [torch.rand(3), torch.rand(2)])
    assert all(a is b for a, b in zip(found, own, strict=True))
    assert count(graph, "clone") == 0


def test_a_state_is_not_left_in_the_memory_of_a_constant_or_of_data():
    import torch

    def reset(state, x):
        return [torch.tensor([0.0] * 4), x.sum()]

    def given(state, x):
        return [x, state.sum()]

    def step(state, x):
        new = state.clone()
        new.add_(x)
        return [new, new.sum()]

    from triceras.engines.torch_graph import traced
    from triceras.engines.torch_tidy import tidied

    x = torch.ones(4)
    for first, wanted in ((reset, 1.0), (given, 2.0)):
        programs = [tidied(traced(f, (torch.ones(4), x)).function, 1) for f in (first, step)]
        state = torch.ones(4)
        for _ in range(3):
            for program in programs:
                state = program(state, x)[0]
        assert state.tolist() == [wanted] * 4
        assert x.tolist() == [1.0] * 4
    graph = programs[1]
    assert count(graph, "clone") == 0
