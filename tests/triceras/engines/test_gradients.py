import keras
import numpy as np
import pytest

from triceras.engines.chunk import Chunk

KEY = np.array([1, 2], "int32")


def first_batch(data):
    return data.train.take(slice(16))


def test_they_are_those_that_a_step_goes_down(start_linear, data):
    run = start_linear(lambda: keras.optimizers.SGD(1.0), compile=False)
    gradients = run.engine.gradients(first_batch(data), KEY)["loss"]
    before = run.values()[:2]
    run.engine.train_steps(run.data, Chunk(np.arange(16, dtype="int32")[None], KEY[None]))
    for gradient, old, new in zip(gradients, before, run.values()[:2], strict=True):
        assert np.abs(gradient).max() > 1e-2
        np.testing.assert_allclose(gradient, old - new, rtol=1e-4, atol=1e-6)


@pytest.mark.in_turn
@pytest.mark.slow_on("jax")
def test_there_is_one_for_each_variable_and_no_state_changes(start, build, data):
    run = start(build, compile=False)
    run.train(0, 1)
    before = run.values()
    found = run.engine.gradients(first_batch(data), KEY)
    assert list(found) == [objective.name for objective in run.engine.objectives]
    for objective in run.engine.objectives:
        shapes = [array.shape for array in found[objective.name]]
        assert shapes == [variable.shape for variable in objective.variables]
        assert all(np.any(array) for array in found[objective.name])
    for old, new in zip(before, run.values(), strict=True):
        np.testing.assert_array_equal(new, old)


@pytest.mark.in_turn
@pytest.mark.slow_on("jax")
def test_the_key_is_that_of_the_batch(start, build, kind, data):
    run = start(build)
    one, again, other = (
        run.engine.gradients(first_batch(data), key) for key in (KEY, KEY, KEY + 1)
    )
    for name in one:
        np.testing.assert_array_equal(one[name][0], again[name][0])
        # Only the autoencoder augments its batches.
        assert np.array_equal(one[name][0], other[name][0]) == (kind != "autoencoder")


def test_they_do_not_depend_on_the_loss_scale(start_linear, data):
    def scaled():
        return keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.1), 2.0**10)

    plain, large = (
        start_linear(optimizer).engine.gradients(first_batch(data), KEY)["loss"]
        for optimizer in (lambda: keras.optimizers.SGD(0.1), scaled)
    )
    np.testing.assert_array_equal(plain[0], large[0])
