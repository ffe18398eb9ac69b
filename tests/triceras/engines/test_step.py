import keras
import numpy as np
import pytest
from keras import ops

from triceras.errors import UserError


def elsewhere(weights):
    return [0.5 * w for w in weights]


def plain(evaluate, weights):
    """Ends where it would without a step, whatever it looks at beside."""
    _, gradients = evaluate(weights)
    evaluate(elsewhere(weights))
    return gradients


def still(evaluate, weights):
    """Moves nothing, though it looks elsewhere first."""
    evaluate(elsewhere(weights))
    return [0.0 * w for w in weights]


@pytest.mark.slow
def test_only_the_gradients_and_the_first_evaluation_count(start, kind, request, close):
    if kind not in ("classifier", "convolutional"):
        pytest.skip("a random counter and a metric, and moving averages, are in the other two")
    build, whole = (request.getfixturevalue(name) for name in ("build", "whole"))
    run = start(build, step=plain)
    losses, metrics = run.train(0, 5)
    close(losses, whole.losses)
    close(metrics, whole.metrics)
    assert run.engine.compile
    for found, expected in zip(run.values(), whole.after, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("compile", [True, False])
@pytest.mark.slow_on("tensorflow")
def test_weights_are_where_they_were_after_looking_elsewhere_first(start, compile):
    run = start(step=still, compile=compile)
    weights = len(run.engine.objectives[0].variables)
    before = run.values()[:weights]
    run.train(0, 2)
    for found, expected in zip(run.values(), before, strict=False):
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (lambda evaluate, weights: weights, r"has to call evaluate\(weights\)"),
        (lambda evaluate, weights: evaluate(weights)[1][:1], "returned 1 gradients for 2 weights"),
    ],
)
def test_a_step_that_is_none_is_refused(start, step, message):
    with pytest.raises(UserError, match=message):
        start(step=step, compile=False).train(0, 1)


class Drawing:
    """Adds noise to gradients, of a generator of its own or without a seed."""

    def __init__(self, seed=None):
        self.seed = seed

    def __call__(self, evaluate, weights):
        _, gradients = evaluate(weights)
        return [g + 0.1 * keras.random.normal(ops.shape(g), seed=self.seed) for g in gradients]


class Remembering:
    """Counts its steps in a variable."""

    def __init__(self):
        self.count = keras.Variable(np.zeros((), "float32"), trainable=False)

    def __call__(self, evaluate, weights):
        self.count.assign_add(1.0)
        return [self.count * gradient for gradient in evaluate(weights)[1]]


@pytest.mark.parametrize(
    "make", [Drawing, lambda: Drawing(keras.random.SeedGenerator(1)), Remembering]
)
@pytest.mark.parametrize("compile", [True, False])
def test_a_step_with_a_state_of_its_own_is_refused(start, make, compile):
    with pytest.raises((UserError, ValueError), match=r"draws random numbers or ass|only use seed"):
        start(step=make(), compile=compile).train(0, 2)


class OnTheHost:
    """Adds noise of NumPy's to gradients."""

    def __init__(self):
        self.rng = np.random.default_rng(0)

    def __call__(self, evaluate, weights):
        noise = float(self.rng.normal())
        return [gradient + noise for gradient in evaluate(weights)[1]]


@pytest.mark.slow_on("tensorflow")
def test_what_the_host_would_draw_once_is_refused(start):
    step = OnTheHost()
    with pytest.raises(UserError, match=r"^loop\.step OnTheHost draws from OnTheHost\.rng, which"):
        start(step=step).train(0, 1)
    # One that is not compiled draws anew in each step.
    step = OnTheHost()
    start(step=step, compile=False).train(0, 2)
    assert step.rng.normal() == np.random.default_rng(0).normal(size=3)[2]
