import keras
import numpy as np
import pytest
from keras import ops

from triceras.engines.state import state_variables


@pytest.mark.slow
def test_losses_and_metrics_come_for_each_step(whole, kind):
    names = ["discriminator", "generator"] if kind == "adversaries" else ["loss"]
    assert list(whole.losses) == names
    assert all(a.shape == (5,) for a in [*whole.losses.values(), *whole.metrics.values()])
    if kind != "adversaries":
        means = np.cumsum(whole.losses["loss"]) / np.arange(1, 6)
        np.testing.assert_allclose(whole.metrics["loss"], means, rtol=1e-5)


@pytest.mark.slow
def test_all_state_moves_on(whole):
    variables = state_variables(whole.engine.model, whole.engine.objectives)
    still = [
        v.path
        for v, old, new in zip(variables, whole.before, whole.after, strict=False)
        if np.array_equal(old, new) and "accuracy/total" not in v.path
    ]
    assert still == []


@pytest.mark.slow
@pytest.mark.in_turn
def test_eager_steps_give_the_same_numbers(start, build, whole, close):
    run = start(build, compile=False)
    for first, second in zip(run.train(0, 2), (whole.losses, whole.metrics), strict=True):
        close(first, {name: a[:2] for name, a in second.items()})
    assert whole.engine.compile


def test_saved_values_are_in_the_keras_variables(start_again):
    run = start_again()
    kernel = run.engine.model.trainable_variables[0]
    before = ops.convert_to_numpy(kernel.value).copy()
    run.train(0, 1)
    run.engine.save_state()
    assert not np.array_equal(before, ops.convert_to_numpy(kernel.value))


def test_loaded_values_are_those_of_the_keras_variables(start_again):
    run = start_again()
    run.train(0, 1)
    run.engine.save_state()
    run.engine.model.optimizer.learning_rate = 0.0
    run.engine.model.trainable_variables[0].assign(np.ones((64, 10)))
    run.engine.load_state()
    run.train(1, 3)
    run.engine.save_state()
    assert np.all(ops.convert_to_numpy(run.engine.model.trainable_variables[0].value) == 1)


@pytest.mark.in_turn
@pytest.mark.slow
def test_mixed_precision_keeps_weights_and_losses_in_float32(start, build, whole):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        run = start(build)
        losses, _ = run.train(0, 2)
    finally:
        keras.config.set_dtype_policy(before)
    assert run.engine.compile
    assert {v.dtype for v in run.engine.model.trainable_variables} == {"float32"}
    for name, value in whole.losses.items():
        assert losses[name].dtype == np.float32
        np.testing.assert_allclose(losses[name], value[:2], rtol=0.05)
        assert not np.array_equal(losses[name], value[:2])
