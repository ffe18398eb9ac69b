import numpy as np
import pytest

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


@pytest.mark.slow_on("tensorflow")
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
