import keras
import numpy as np
import pytest

from lab.models.cnn import build_cnn
from triceras.data.batch import BatchPreparation
from triceras.engines import engine_class
from triceras.engines.chunk import Chunk


def host(x):
    return np.array(keras.ops.convert_to_numpy(x))


def make(rate=1e-2):
    keras.utils.set_random_seed(0)
    model = build_cnn((64,), (8, 8, 1), filters=(2, 3), convolutions=1, units=8)
    model.compile(
        keras.optimizers.Adam(rate),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    return model


@pytest.fixture
def trained(data):
    """Trains for some steps in one compiled program, which is compiled once for a model."""
    engines = {}

    def train(model, first, last):
        if model not in engines:
            batch = BatchPreparation("image", "label")
            engines[model] = engine_class()(model, batch, steps_per_call=4)
        engine = engines[model]
        engine.load_state()
        rows = np.arange(16 * first, 16 * last, dtype="int32").reshape(-1, 16) % 64
        chunk = Chunk(rows, np.zeros((last - first, 2), "int32"))
        losses, _ = engine.train_steps(engine.put(data.train.parts), chunk)
        assert engine.compile
        engine.save_state()
        return losses["loss"]

    return train


def state(model):
    return {v.path: host(v.value) for v in model.non_trainable_variables}


def test_shapes():
    model = build_cnn((28, 28, 1), (28, 28, 1), classes=7, filters=(2, 3, 4), convolutions=2)
    assert model.output_shape == (None, 7)
    assert sum(isinstance(layer, keras.layers.Conv2D) for layer in model.layers) == 6


@pytest.mark.in_turn
@pytest.mark.slow
def test_statistics_and_random_counters_move_on_within_a_program(trained):
    model = make(rate=0.0)
    states = [state(model)]
    losses = [trained(model, k, k + 2) for k in (0, 2)]
    states += [state(model)]
    moving = [path for path in states[0] if "moving" in path or "seed" in path]
    assert any("seed" in path for path in moving)
    assert all(not np.array_equal(states[0][path], states[1][path]) for path in moving)
    # Nothing is learnt, so only dropout makes the same rows differ.
    again = trained(model, 0, 2)
    assert not np.allclose(again, losses[0], rtol=1e-3)


@pytest.mark.in_turn
@pytest.mark.slow
def test_evaluation_uses_the_moving_statistics_and_drops_nothing(trained, data):
    model = make()
    trained(model, 0, 4)
    engine = engine_class()(model, BatchPreparation("image", "label"))
    engine.load_state()
    before = state(model)
    results = [
        engine.evaluate(engine.put(data.test.take(slice(64))), size)["loss"] for size in (64, 16)
    ]
    assert results[0] == pytest.approx(results[1], rel=1e-5)
    engine.save_state()
    assert all(np.array_equal(before[path], value) for path, value in state(model).items())
    logits = host(model(data.test["image"][:64], training=True))
    assert not np.allclose(logits, host(model(data.test["image"][:64], training=False)), rtol=1e-2)


@pytest.mark.slow
@pytest.mark.once  # The engine room's tests have a schedule followed on each backend.
def test_a_learning_rate_falls_within_a_program(trained):
    model = make(keras.optimizers.schedules.CosineDecay(1e-2, 4))
    rates = [float(host(model.optimizer.learning_rate))]
    for k in (0, 2):
        trained(model, k, k + 2)
        rates.append(float(host(model.optimizer.learning_rate)))
    np.testing.assert_allclose(rates, [1e-2, 5e-3, 0], atol=1e-8)
