"""The templates, where they stand, on the backend of this process."""

import keras
import numpy as np
import pytest

from triceras.config import build, compose
from triceras.engines import engine_class
from triceras.engines.chunk import Chunk
from triceras.modelling.build import build_model
from triceras.modelling.preparation import prepare_batches
from triceras.scaffold.templates.data.example_data import ARMS, make_table
from triceras.scaffold.templates.tests.layers.test_example_layer import *  # noqa: F403
from triceras.scaffold.templates.tests.objectives.test_example_objective import *  # noqa: F403
from triceras.scaffold.write import TEMPLATES

MODELS = ("example_model", "example_layer", "example_objective")
STEPS, BATCH = 200, 16


@pytest.fixture(autouse=True)
def own_conf(monkeypatch):
    monkeypatch.setenv("TRICERAS_CONF", str(TEMPLATES / "conf"))


@pytest.mark.once
def test_the_table():
    x, y = make_table(300, noise=0.0)
    assert (x.shape, x.dtype, y.shape, y.dtype) == ((300, 2), "float32", (300,), "int32")
    assert np.bincount(y).tolist() == [100] * ARMS
    assert np.abs(x).max() <= 1
    again, _ = make_table(300, noise=0.1)
    np.testing.assert_array_equal(again, make_table(300, noise=0.1)[0])
    assert 0.05 < np.std(again - x) < 0.15


# A layer of one's own is in one of them; `make project-check` trains all on each backend.
@pytest.mark.in_turn
@pytest.mark.parametrize(
    "model",
    [pytest.param(m, marks=[pytest.mark.once] * (m != "example_layer")) for m in MODELS],
)
@pytest.mark.slow
def test_each_model_learns_the_table(model):
    config = compose([f"model={model}", "optimizer.learning_rate=1e-2"])
    data = build("data", config.data)
    keras.utils.set_random_seed(0)
    network = build_model(config.model, config.optimizer, data)
    engine = engine_class()(network, prepare_batches(config.model, data), steps_per_call=STEPS)
    engine.load_state()
    rows = np.arange(STEPS * BATCH, dtype="int32") % len(data.train)
    chunk = Chunk(rows.reshape(STEPS, BATCH), np.zeros((STEPS, 2), "int32"))
    losses, _ = engine.train_steps(engine.put(data.train.parts), chunk)
    assert engine.compile, "it was run eagerly"
    loss = losses["loss"]
    assert np.mean(loss[-20:]) < 0.8 * np.mean(loss[:20])
    engine.save_state()
    results = engine.evaluate(engine.put(data.test.parts), 1000)
    assert results["accuracy"] > 0.6
