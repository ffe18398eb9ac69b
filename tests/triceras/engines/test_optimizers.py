import itertools

import keras
import numpy as np
import pytest

from triceras.engines.chunk import Chunk


@pytest.mark.slow_on("tensorflow", "torch")
def test_a_learning_rate_schedule_is_followed(start_linear):
    schedule = keras.optimizers.schedules.PiecewiseConstantDecay([0, 1], [0.5, 0.1, 0.0])
    run = start_linear(lambda: keras.optimizers.SGD(schedule))
    values = []
    for k in range(4):
        values.append(run.values()[0])
        run.train(k, k + 1)
    moved = [np.abs(b - a).max() for a, b in itertools.pairwise(values)]
    assert moved[0] > moved[1] > 0
    assert moved[2] == 0


@pytest.mark.slow_on("tensorflow", "torch")
def test_gradients_are_clipped(start_again, start_linear):
    def moved(run):
        before = run.values()[0]
        run.train(0, 1)
        return np.linalg.norm(run.values()[0] - before)

    assert moved(start_again()) > 1e-2
    clipped = start_linear(lambda: keras.optimizers.SGD(1.0, clipnorm=1e-2))
    assert moved(clipped) == pytest.approx(1e-2, rel=1e-4)


@pytest.mark.in_turn
@pytest.mark.parametrize(
    "optimizer",
    [
        lambda: keras.optimizers.SGD(0.1, momentum=0.9, nesterov=True, weight_decay=1e-2),
        lambda: keras.optimizers.Adadelta(1.0),
        lambda: keras.optimizers.AdamW(1e-2, use_ema=True),
    ],
    ids=["sgd", "adadelta", "adamw"],
)
@pytest.mark.slow
def test_other_optimizers_are_compiled_too(start_linear, close, optimizer):
    compiled, eager = start_linear(optimizer), start_linear(optimizer, compile=False)
    for first, second in zip(compiled.train(0, 3), eager.train(0, 3), strict=True):
        close(first, second)
    assert compiled.engine.compile


@pytest.mark.in_turn
@pytest.mark.parametrize("compile", [True, False])
@pytest.mark.slow
def test_accumulated_gradients_are_those_of_a_larger_batch(start_linear, compile):
    def adam(**options):
        return lambda: keras.optimizers.Adam(1e-2, global_clipnorm=0.1, **options)

    indices = np.random.default_rng(7).integers(0, 1000, (6, 8)).astype("int32")
    whole = start_linear(adam(), compile=compile)
    parts = start_linear(adam(gradient_accumulation_steps=2), compile=compile)
    keys = np.zeros((6, 2), "int32")
    losses, _ = whole.engine.train_steps(whole.data, Chunk(indices.reshape(3, 16), keys[:3]))
    parts_losses = [
        parts.engine.train_steps(parts.data, Chunk(indices[k : k + 3], keys[k : k + 3]))[0]["loss"]
        for k in (0, 3)
    ]
    means = np.concatenate(parts_losses).reshape(3, 2).mean(axis=1)
    np.testing.assert_allclose(means, losses["loss"], rtol=1e-5)
    np.testing.assert_allclose(parts.values()[0], whole.values()[0], rtol=1e-4, atol=1e-6)
    assert parts.engine.compile == compile


@pytest.mark.slow_on("tensorflow")
def test_a_loss_scale_that_grows_changes_no_number(start_again, start_linear, close):
    def scaled():
        return keras.optimizers.LossScaleOptimizer(
            keras.optimizers.SGD(0.1), initial_scale=2.0**10, dynamic_growth_steps=2
        )

    close(start_linear(scaled).train(0, 5)[0], start_again().train(0, 5)[0])
