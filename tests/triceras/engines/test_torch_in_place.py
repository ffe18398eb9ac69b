import pytest


@pytest.fixture(autouse=True)
def only_here(backend):
    if backend != "torch":
        pytest.skip("the engine of another backend")


def lists(a, b):
    """As Keras's Adam changes its moments, twice."""
    import torch

    first, second = [a + 0, b * 1], [a * 2, b * 3]
    torch._foreach_lerp_(first, second, 0.25)
    torch._foreach_add_(first, 1e-3)
    torch._foreach_div_(second, first)
    return [*first, *second, first[0] + second[1]]


def looked_at_before(a, b):
    import torch

    first = [a + 0, b + 0]
    before = first[0].sum()
    torch._foreach_mul_(first, [b, a])
    return [before, first[0].sum(), first[1]]


def of_the_arguments(a, b):
    import torch

    torch._foreach_add_([a, b], 1.0)
    return [a * 2]


def seen_through_a_view(a, b):
    import torch

    first = [a + 0, b + 0]
    view = first[0].view(-1)
    torch._foreach_add_(first, 1.0)
    return [view * 2, first[1]]


def of_a_view(a, b):
    import torch

    whole = a + 0
    torch._foreach_add_([whole[:1], b + 0], 1.0)
    return [whole]


def the_same_twice(a, b):
    import torch

    one = a + 0
    torch._foreach_add_([one, one], 1.0)
    return [one, b]


def one_alone(a, b):
    one = a + 0
    one.add_(b)
    return [one]


def traced_graph(function):
    import torch

    from triceras.engines.torch_graph import traced

    generator = torch.Generator().manual_seed(0)
    example = [torch.rand(2, 3, generator=generator) for _ in range(2)]
    return traced(lambda tensors: function(*tensors), (example,)).function, example


def in_place(graph):
    schemas = [getattr(node.target, "_schema", None) for node in graph.graph.nodes]
    return [schema.name for schema in schemas if schema is not None and schema.is_mutable]


@pytest.mark.parametrize("function", [lists, looked_at_before])
def test_lists_are_changed_no_more_and_the_bits_are_the_same(function):
    import torch

    from triceras.engines.torch_in_place import without_changes

    graph, example = traced_graph(function)
    assert in_place(graph)
    found = without_changes(graph)
    assert found is not None
    assert not in_place(found)
    assert in_place(graph)
    for one, other in zip(graph(*example), found(*example), strict=True):
        assert torch.equal(one, other)
    for node in found.graph.nodes:
        assert node.op == "output" or "val" in node.meta


def of_one_another(a, b):
    import torch

    new = [a + 1, b * 2]
    torch._foreach_add_(new, [new[1], new[0]])
    return new


@pytest.mark.parametrize("function", [of_the_arguments, seen_through_a_view, of_a_view, one_alone])
def test_other_changes_are_left_to_pytorch(function):
    import torch

    from triceras.engines.torch_graph import functional
    from triceras.engines.torch_in_place import without_changes

    graph, example = traced_graph(function)
    assert without_changes(graph) is None
    found = functional(graph, example)
    for one, other in zip(
        graph(*[a.clone() for a in example]), found(*[a.clone() for a in example]), strict=True
    ):
        assert torch.equal(one, other)


@pytest.mark.parametrize("function", [the_same_twice, of_one_another])
def test_a_graph_that_pytorch_makes_wrong_is_not_used(function, caplog):
    """Its functional form of a list that names one tensor twice changes this once, and reads what
    an element was before those before it were changed.
    """
    import torch

    from triceras.engines.torch_fast import can_be_fused, quick
    from triceras.engines.torch_in_place import without_changes

    graph, example = traced_graph(function)
    assert without_changes(graph) is None
    if not can_be_fused(example):
        pytest.skip("without a C compiler no graph is rewritten")
    found = quick(graph, example, 0)
    assert "the rewritten step gave other numbers" in caplog.text
    for one, other in zip(graph(*example), found(*example), strict=True):
        assert torch.equal(one, other)
