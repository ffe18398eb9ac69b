"""Steps of which each of several processes computes its share; threads stand in for processes."""

import pickle
import threading
from types import SimpleNamespace

import numpy as np
import pytest

from triceras.errors import UserError

COUNT, ROWS = 2, 6


@pytest.fixture(autouse=True)
def only_here(backend):
    if backend != "torch":
        pytest.skip("the engine of another backend")


@pytest.fixture
def torch(only_here):
    import torch

    return torch


class Messages:
    """Collectives between threads, each of which knows its rank."""

    def __init__(self):
        self.barrier = threading.Barrier(COUNT, timeout=20)
        self.own = threading.local()
        self.sent = [None] * COUNT
        self.count = 0

    def exchange(self, tensor):
        self.sent[self.own.rank] = tensor.clone()
        self.barrier.wait()
        found = list(self.sent)
        self.barrier.wait()
        self.count += self.own.rank == 0
        return found

    def all_reduce(self, tensor):
        tensor.copy_(sum(self.exchange(tensor)))

    def all_gather(self, parts, tensor):
        for part, found in zip(parts, self.exchange(tensor), strict=True):
            part.copy_(found)


@pytest.fixture
def compare(torch, monkeypatch):
    """Compares what processes compute of a function of weights, data and rows with the whole."""
    from triceras.engines import torch_collectives
    from triceras.engines.torch_graph import traced
    from triceras.engines.torch_sent import received, sent
    from triceras.engines.torch_shares import traced_list
    from triceras.engines.torch_spread import of_process, spread

    def run(function, *tensors):
        example = (*tensors, torch.tensor([4, 0, 7, 2, 5, 1]))
        messages = Messages()
        monkeypatch.setattr(torch_collectives, "dist", messages)
        graph = traced(lambda *given: function(*given[:-2], given[-2][given[-1]]), example).function
        found = [None] * COUNT
        shares = spread(graph, example, len(tensors), COUNT)
        # As another process receives it.
        own = [received(pickle.loads(pickle.dumps(sent(shares)))) for _ in range(COUNT)]
        own = [of_process(traced_list(one, example), rank) for rank, one in enumerate(own)]

        def process(rank):
            messages.own.rank = rank
            found[rank] = own[rank](*example)

        threads = [threading.Thread(target=process, args=(rank,)) for rank in range(COUNT)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for results in found:
            for one, wanted in zip(results, graph(*example), strict=True):
                np.testing.assert_allclose(one.numpy(), wanted.numpy(), rtol=2e-5, atol=2e-5)
        kinds = [str(node.target) for node in shares.graph.nodes]
        return SimpleNamespace(
            messages=messages.count, gathers=kinds.count("triceras.gathered.default")
        )

    return run


def numbers(torch, *shape):
    return torch.sin(torch.arange(1.0, 1 + int(np.prod(shape)))).reshape(shape)


def gradients(torch, loss):
    """A function of one weight and of rows: the loss and its gradient."""
    from torch.func import grad_and_value

    def function(weight, rows):
        gradient, value = grad_and_value(loss)(weight, rows)
        return [value, gradient]

    return function


def networks(torch):
    f = torch.nn.functional

    def moments(w, x):
        y = x @ w
        mean = y.mean(dim=0, keepdim=True)
        return (((y - mean) / ((y - mean) ** 2).mean(dim=0).add(1e-3).sqrt()) ** 3).mean()

    return {
        "means": (lambda w, x: torch.tanh(x @ w).square().mean(), (4, 3), 0),
        "moments of a batch": (moments, (4, 3), 0),
        "classes": (
            lambda w, x: f.cross_entropy(x @ w, (x[:, 0] > 0).long(), reduction="none").mean(),
            (4, 3),
            0,
        ),
        "constants": (
            lambda w, x: f.softplus((x @ w) * torch.full((ROWS, 1), 0.5)).mean(),
            (4, 3),
            0,
        ),
        "attention": (
            lambda w, x: (
                f.scaled_dot_product_attention(*[(x @ w).reshape(-1, 1, 3, 2)] * 3).square().sum()
            ),
            (4, 6),
            0,
        ),
        "products of pairs": (
            lambda w, x: (
                torch.softmax((y := (x @ w).reshape(-1, 3, 2)) @ y.transpose(1, 2), -1) @ y
            ).sum(),
            (4, 6),
            0,
        ),
        "layer normalization": (
            lambda w, x: (f.layer_norm(x @ w, (3,), numbers(torch, 3)) ** 3).mean(),
            (4, 3),
            0,
        ),
        "pictures": (
            lambda w, x: f.max_pool2d(
                f.relu(f.conv2d(x.reshape(-1, 1, 2, 2), w, padding=1)), 2
            ).mean(),
            (2, 1, 2, 2),
            0,
        ),
        "a table": (
            lambda w, x: f.embedding((x[:, :2].abs() * 2).long(), w).square().sum(),
            (3, 5),
            0,
        ),
        # What puts rows in relation to each other takes them together.
        "contrasts": (lambda w, x: torch.logsumexp((x @ w) @ (x @ w).T, 1).mean(), (4, 3), None),
        "ranks": (lambda w, x: (torch.sort(x @ w, 0)[0][0] * 2.0).sum(), (4, 3), None),
        "running sums": (lambda w, x: torch.cumsum(x @ w, 0).square().mean(), (4, 3), None),
    }


NETWORKS = (
    "means",
    "moments of a batch",
    "classes",
    "products of pairs",
    "attention",
    "constants",
    "layer normalization",
    "pictures",
    "a table",
    "contrasts",
    "ranks",
    "running sums",
)


@pytest.mark.slow_on("torch")
@pytest.mark.parametrize("name", NETWORKS)
def test_shares_give_the_numbers_of_the_whole(torch, compare, name):
    loss, shape, gathers = networks(torch)[name]
    found = compare(gradients(torch, loss), numbers(torch, *shape), numbers(torch, 8, 4))
    if gathers is not None:
        assert found.gathers == gathers


@pytest.mark.slow_on("torch")
def test_sums_are_told_at_once(torch, compare):
    found = compare(
        gradients(torch, lambda w, x: torch.tanh(x @ w).square().mean()),
        numbers(torch, 4, 3),
        numbers(torch, 8, 4),
    )
    assert found.messages == 1


@pytest.mark.slow_on("torch")
def test_random_numbers_are_those_of_the_whole_batch(torch, compare):
    from triceras.random.bits import uniform_from_key

    def noisy(key, w, x):
        noise = torch.as_tensor(uniform_from_key(key, (ROWS, 3)))
        return [((x @ w) * noise).sum(dim=0)]

    key = torch.tensor([3, 4], dtype=torch.int32)
    compare(noisy, key, numbers(torch, 4, 3), numbers(torch, 8, 4))


def test_what_only_looks_like_rows_is_put_together_again(torch, compare):
    def lookalike(w, x):
        return [x.sum(), w.expand(ROWS, 3).cumsum(0)]

    compare(lookalike, numbers(torch, 3), numbers(torch, 8, 4))


def test_the_largest_of_all_is_not_that_of_a_share(torch, compare):
    def largest(w, x):
        columns = (x @ w).T
        return [torch.argmax(columns), torch.argmax(columns, 0)]

    compare(largest, numbers(torch, 4, 3), numbers(torch, 8, 4))


def test_random_numbers_of_each_process_are_refused(torch, compare):
    with pytest.raises(UserError, match=r"draws random numbers of PyTorch's own \(aten.rand"):
        compare(lambda w, x: [x * torch.rand(3)], numbers(torch, 3), numbers(torch, 8, 3))
