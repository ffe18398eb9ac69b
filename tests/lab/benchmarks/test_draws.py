"""The random numbers that hand-written code draws for itself, and those that it is fed."""

import importlib

import numpy as np
import pytest

from triceras.benchmark.inputs import name_of_draw

SHAPE = (50, 40)


@pytest.fixture
def drawn(backend):
    """What a step draws, in an order of its own, as arrays."""
    draws = importlib.import_module(f"benchmarks.draws.{backend}")

    def draw_all(draw, ones):
        kinds = [draw.normal(SHAPE), draw.uniform(SHAPE), draw.dropout(ones, 0.25)]
        return [*kinds, draw.normal(SHAPE)]

    def drawn(k, fed=None):
        if backend == "jax":
            import jax

            key = jax.random.fold_in(jax.random.key(0), k)
            return jax.jit(lambda: draw_all(draws.Draw(key, fed or {}), np.ones(SHAPE)))()
        if backend == "tensorflow":
            import tensorflow as tf

            def program():
                return draw_all(draws.Draw(fed or {}, tf.constant([0, 16 * k])), tf.ones(SHAPE))

            return [a.numpy() for a in tf.function(program, jit_compile=True)()]
        import torch

        torch.manual_seed(k)
        tensors = {name: torch.as_tensor(a) for name, a in (fed or {}).items()}
        return [a.numpy() for a in draw_all(draws.Draw(tensors, "cpu"), torch.ones(SHAPE))]

    return drawn


@pytest.mark.slow_on("jax", "tensorflow")
def test_its_own(drawn):
    normal, uniform, dropped, again = drawn(3)
    assert abs(np.mean(normal)) < 0.1
    assert np.std(normal) == pytest.approx(1, abs=0.1)
    assert np.mean(uniform) == pytest.approx(0.5, abs=0.05)
    assert set(np.unique(dropped)) == {0, np.float32(1 / 0.75)}
    assert np.mean(dropped) == pytest.approx(1, abs=0.1)
    # Neither in one step nor in another is anything drawn twice.
    for other in (again, drawn(4)[0]):
        assert abs(np.corrcoef(np.ravel(normal), np.ravel(other))[0, 1]) < 0.1


def test_fed_in_the_order_of_our_model(drawn):
    names = [*map(name_of_draw, ("normal", "uniform", "dropout", "normal"), (0, 0, 0, 1))]
    fed = {name: np.full(SHAPE, i, "float32") for i, name in enumerate(names)}
    for values, name in zip(drawn(0, fed), names, strict=True):
        np.testing.assert_array_equal(values, fed[name])
