"""What C computes of a graph is what PyTorch computes."""

import pytest


@pytest.fixture(autouse=True)
def only_here(backend):
    if backend != "torch":
        pytest.skip("the engine of another backend")


def both(step, *arguments, state=0, calls=1):
    """Results of the simplified graph and of the fused one, and the fused one."""
    import torch

    from triceras.engines.torch_fast import pointwise
    from triceras.engines.torch_fusion import fused
    from triceras.engines.torch_graph import functional, traced
    from triceras.engines.torch_simplify import simplified

    graph = simplified(functional(traced(step, arguments).function, arguments), state)
    one = fused(graph, state, pointwise().pointwise)
    for _ in range(2):
        given = [a.clone() for a in arguments]
        wanted = graph(*[a.clone() for a in arguments])
        found = one(*given)
        for a, b in zip(found, wanted, strict=True):
            assert a.is_contiguous() == b.is_contiguous()
            torch.testing.assert_close(a, b, rtol=0, atol=0, equal_nan=True)
    assert count(one, "pointwise") == calls, one.code
    return found, given, one


def count(graph, name):
    return sum(name in str(node.target) for node in graph.graph.nodes)


def numbers():
    """Numbers of all kinds, more than a block of them."""
    import torch

    odd = [0.0, -0.0, 1.0, -1.0, float("inf"), -float("inf"), float("nan"), 1e-30, 3e38]
    some = torch.cat([torch.tensor(odd), torch.randn(600 - len(odd))])
    return some, some[torch.randperm(600)], some[torch.randperm(600)]


def operations():
    import torch

    aten = torch.ops.aten
    return {
        "arithmetic": lambda a, b, c: [a + b, a - b, a * b, a / b, -a, a.abs(), 1 / b, 2 - a],
        "numbers": lambda a, b, c: [a + 1e-7, a * 0.3, a / 784, a - 2, 1 - b],
        "multiples": lambda a, b, c: [torch.add(a, b, alpha=0.3), torch.sub(a, b, alpha=0.3)],
        "powers": lambda a, b, c: [a**2, a**3, a**1],
        "bounds": lambda a, b, c: [
            *(a.relu(), a.clamp(-0.5, 0.5), a.clamp(min=b), torch.maximum(a, b)),
            *(torch.minimum(a, b), aten.leaky_relu(a, 0.2)),
        ],
        "gradients": lambda a, b, c: [
            aten.threshold_backward(a, b, 0),
            aten.leaky_relu_backward(a, b, 0.2, False),
            aten.sigmoid_backward(a, b),
            aten.tanh_backward(a, b),
        ],
        "averages": lambda a, b, c: [
            *(torch.lerp(a, b, 0.1), torch.lerp(a, b, 0.9)),
            *(torch.addcmul(a, b, c, value=0.3), torch.addcdiv(a, b, c, value=0.3)),
        ],
        "comparisons": lambda a, b, c: [a == b, a != b, a < b, a <= b, a > b, a >= b, a > 0.5],
        "choices": lambda a, b, c: [
            torch.where(a < b, b, c),
            torch.where(~((a < b) & (c > 0)) | (b > 1), a, 0.0),
            a.masked_fill(b > 0, 2.0),
            a.sign(),
        ],
        "types": lambda a, b, c: [(a < b).float(), (a < b).int() * 3, (a < b) * c],
    }


NAMES = (
    *("arithmetic", "numbers", "multiples", "powers", "bounds", "gradients", "averages"),
    *("comparisons", "choices", "types"),
)


@pytest.mark.parametrize("name", NAMES)
def test_each_operation_gives_the_same_bits(name):
    assert tuple(operations()) == NAMES
    _, _, graph = both(operations()[name], *numbers(), calls=1)
    assert count(graph, "aten") == 0


def test_square_roots_are_rounded_rightly():
    import numpy as np
    import torch

    x = torch.rand(1000)

    def step(x):
        return [x.sqrt()]

    from triceras.engines.torch_fast import fast
    from triceras.engines.torch_graph import traced

    (found,) = fast(traced(step, (x,)).function, [x], 0)(x)
    assert np.array_equal(found.numpy(), np.sqrt(x.double().numpy()).astype("float32"))


def test_whole_numbers_wrap_around():
    import torch

    a = torch.randint(-(2**31), 2**31, (300,), dtype=torch.int32)
    b = torch.randint(-(2**31), 2**31, (300,), dtype=torch.int32)

    def step(a, b):
        shifted = torch.bitwise_left_shift(a, 13) | (torch.bitwise_right_shift(a, 19) & 8191)
        return [a + b, a - b, a * b, a ^ b, ~a, shifted, a.float() * 2.0**-24, a < b, a == 7, a * 3]

    _, _, graph = both(step, a, b)
    assert count(graph, "aten") == 0


@pytest.mark.parametrize("shape", [(), (1,), (257,), (3, 300), (2, 3, 5), (2, 1, 2, 3, 2)])
def test_other_shapes_are_read_as_pytorch_reads_them(shape):
    import torch

    x = torch.randn(shape)
    others = [torch.randn([1 if i % 2 == k else n for i, n in enumerate(shape)]) for k in (0, 1)]
    turned = torch.randn(tuple(reversed(shape))).permute(list(reversed(range(len(shape)))))

    def step(x, row, column, turned):
        return [x * row + column, (x + turned * 2).expand(2, *shape) * 3, x.sum() * column]

    both(step, x, *others, turned, calls=1)


def longest_row(graph):
    """How many elements the first program of a graph computes before it looks for the next ones."""
    from triceras.engines.torch_recipes import DIMENSIONS

    (node,) = [one for one in graph.graph.nodes if "pointwise" in str(one.target)]
    return node.target.kept[0][2 + DIMENSIONS - 1]


@pytest.mark.parametrize("channels", [2, 3, 16, 100, 128, 129, 300])
def test_numbers_of_each_channel_come_again_and_again(channels):
    import torch

    x = torch.randn(7, 5, channels)
    scale, many = torch.randn(channels), torch.randn(3, 2 * channels)

    def step(x, scale, many):
        return [x * scale + many[1, 3 : 3 + channels], x / scale]

    _, _, graph = both(step, x, scale, many)
    assert longest_row(graph) == (7 * 5 * channels if channels <= 128 else channels)


def test_channels_are_found_among_all_kinds_of_layouts():
    import torch

    x, scale = torch.randn(6, 5, 4), torch.randn(4)
    turned, apart = torch.randn(5, 6, 4).permute(1, 0, 2), torch.randn(4, 2)[:, 0]

    def step(x, scale, turned, apart):
        kept = scale > 0
        return [x * scale - turned, torch.where(kept, x, scale) + apart, x[0] * scale]

    both(step, x, scale, turned, apart)


def test_many_of_one_number_are_not_made():
    import torch

    def step(x):
        ones = torch.ones_like(x)
        filled = torch.ops.aten.fill.Scalar(torch.empty_like(x), 0.3)
        return [(ones - x) * filled, filled.sum() if len(x) < 3 else x]

    _, _, graph = both(step, torch.randn(400, 400))
    assert count(graph, "fill") == count(graph, "empty") == 0
    # Where it is read by what is not computed element by element, it is there.
    both(step, torch.randn(2, 3))


def test_what_is_computed_in_between_is_read_through_a_view():
    import torch

    def step(x, y):
        first = x * 2
        return [first.t() + y, first[1:, 1] - 1, first.sum() + first, first[0].expand(2, 3) * x]

    both(step, torch.randn(2, 3), torch.randn(3, 2), calls=2)


def test_state_is_overwritten_where_nobody_reads_it_afterwards():
    import torch

    def step(a, b, c, x):
        mean = b * 0.9 + x
        return [a - mean, mean, c + c.sum(), (a * x).sum()]

    arguments = [torch.rand(3) for _ in range(4)]
    found, given, _ = both(step, *arguments, state=3, calls=2)
    assert found[1] is given[1]
    # Both are read by operations that come later.
    assert all(torch.equal(given[i], arguments[i]) or found[i] is given[i] for i in (0, 2))
    assert torch.equal(found[2], arguments[2] + arguments[2].sum())


def read_later(a, x):
    return [a * 2, (a + x).exp() + a]


def read_through_a_view(a, x):
    return [a * 2, a.flip(0) + (x * a).exp(), a.expand(2, 3) + x]


def returned_twice(a, x):
    new = a * 2
    return [new, new, new + x]


@pytest.mark.parametrize("step", [read_later, read_through_a_view, returned_twice])
def test_state_that_is_read_later_is_right(step):
    import torch

    from triceras.engines.torch_fast import fast
    from triceras.engines.torch_graph import traced

    a, x = torch.rand(3), torch.rand(3)
    graph = fast(traced(step, (a, x)).function, [a, x], 1)
    kept = []
    for _ in range(3):
        wanted = [b.clone() for b in step(a, x)]
        found = graph(a, x)
        assert all(torch.equal(b, c) for b, c in zip(found, wanted, strict=True))
        kept.append((found[1:], wanted[1:]))
        a = found[0]
    # What an earlier step returned beside the state is not changed by a later one.
    for found, wanted in kept:
        assert all(torch.equal(b, c) for b, c in zip(found, wanted, strict=True))


def test_a_tensor_that_is_laid_out_in_another_way_is_read_rightly():
    import torch

    from triceras.engines.torch_fast import pointwise
    from triceras.engines.torch_fusion import fused
    from triceras.engines.torch_graph import traced

    x = torch.randn(3, 4)
    graph = fused(traced(lambda x: [x * 2], (x,)).function, 0, pointwise().pointwise)
    turned = torch.randn(4, 3).t()
    assert torch.equal(graph(turned)[0], turned * 2)


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_several_threads_compute_the_same(threads):
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        for shape in ((2, 70_001), (400, 333), (40_000, 3), (3_000, 100)):
            x, row, column = torch.randn(shape), torch.randn(shape[1]), torch.randn(shape[0], 1)
            both(lambda x, row, column: [x * row + column, x + 1], x, row, column)
    finally:
        torch.set_num_threads(before)


def test_more_dimensions_than_fit_are_left_to_pytorch():
    import torch

    x = torch.randn(2, 2, 2, 2, 2, 2, 2)
    both(lambda x, y: [x * y], x, x.permute(6, 4, 2, 0, 1, 3, 5), calls=0)


def test_other_types_are_left_to_pytorch():
    import torch

    def step(a, b, c):
        return [a * 2, b + 1, c.bfloat16() * 2, a.float() + c]

    both(step, torch.rand(3, dtype=torch.float64), torch.arange(3), torch.rand(3))


def test_a_state_is_not_overwritten_while_a_view_of_it_is_read_too():
    import torch

    # The check of the first call sees nothing of it where these are 0.
    state, x = torch.rand(300, 300), torch.rand(300, 300)
    both(lambda c, x: [0.5 * (c + c.T) + x, c.sum()], state, x, state=1)
    both(lambda c, x: [c - c[:1] + x, c.sum()], state, x, state=1)
    both(lambda c, x: [c - c[:, :1] + x, c.sum()], state, x, state=1)


def quickened(function, example):
    """A function as it is fused for an example, and as it is traced."""
    from triceras.engines.torch_fast import quick
    from triceras.engines.torch_graph import traced

    graph = traced(function, example).function
    return quick(graph, list(example), 0), graph


def alternatives():
    import torch

    half = torch.arange(7) % 2 == 0
    whole, none = torch.tensor([5, -3, 7, 0, 143, 180, 217], dtype=torch.int32), half & False
    return {
        "whole numbers filled with a fraction": (
            lambda a, m: [a.masked_fill(m, -1.0) + 0],
            (whole, none),
            (whole, half),
        ),
        "truth filled with a number": (
            lambda a, m: [torch.logical_and(a.masked_fill(m, 2), ~m | m)],
            (~half, none),
            (~half, half),
        ),
        "shifts": (
            lambda a, b: [
                torch.bitwise_left_shift(a, b) + 0,
                torch.bitwise_right_shift(a, b) + 0,
            ],
            (whole, torch.ones(7, dtype=torch.int32)),
            (whole, torch.tensor([0, 31, 32, -1, 33, 64, -40], dtype=torch.int32)),
        ),
        "what lies negated in memory": (
            lambda a: [torch.cat([a, a])[:3] + 0.001 * torch.fft.ihfft(a).imag],
            (torch.ones(5),),
            (torch.tensor([1.0, 200, -300, 40, 5]),),
        ),
    }


@pytest.mark.parametrize(
    "name",
    [
        "whole numbers filled with a fraction",
        "truth filled with a number",
        "shifts",
        "what lies negated in memory",
    ],
)
def test_other_numbers_than_those_of_the_example_are_right_too(name):
    import torch

    function, example, later = alternatives()[name]
    one, graph = quickened(function, example)
    for found, wanted in zip(one(*later), graph(*later), strict=True):
        torch.testing.assert_close(found, wanted, rtol=1e-6, atol=1e-6)


def test_zeros_keep_their_signs():
    import torch

    zeros = -torch.zeros(9)
    one, _ = quickened(
        lambda a: [1 / a.relu(), 1 / a.clamp(min=0.0), 1 / a.clamp(max=0.0)], [zeros]
    )
    for found in one(zeros):
        assert (found == -float("inf")).all()
