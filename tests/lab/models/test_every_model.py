"""Every model that `conf/model/` holds, also those that are added later."""

import keras
import numpy as np
import pytest
from omegaconf import OmegaConf

from triceras.config import build, compose, files
from triceras.data.batch import BatchPreparation
from triceras.engines import engine_class
from triceras.engines.chunk import Chunk
from triceras.modelling.build import build_model

MODELS = list(files("model"))
STEP = Chunk(np.arange(64, dtype="int32")[None], np.zeros((1, 2), "int32"))


def experiment_with(model):
    """An experiment that is made for a model, and so has an optimizer for it."""
    for name, path in files("experiment").items():
        if {"override /model": model} in OmegaConf.load(path).get("defaults", []):
            return name
    return "classifier"


def engine_of(model, config):
    engine = engine_class()(model, BatchPreparation(config.model.targets), steps_per_call=1)
    engine.load_state()
    return engine


@pytest.fixture(scope="module", params=MODELS)
def subject(request):
    name = request.param
    config = compose([f"experiment={experiment_with(name)}", f"model={name}", "data=digits"])
    data = build("data", config.data)
    keras.utils.set_random_seed(0)
    model = build_model(config.model, config.optimizer, data, steps=10)
    counters = [
        keras.ops.convert_to_numpy(v)[1] for v in model.non_trainable_variables if "seed" in v.name
    ]
    assert not any(counters), "building drew random numbers from the model's generators"
    return model, data, config


def test_output_has_the_shape_of_what_the_loss_wants(subject):
    model, data, config = subject
    outputs = model(data.train.x[:3])
    wanted = (3, *data.train.x.shape[1:]) if config.model.targets == "inputs" else (3, 10)
    assert tuple(outputs.shape) == wanted


def test_one_step_moves_every_trainable_variable_it_should(subject):
    model, data, config = subject
    before = [np.array(keras.ops.convert_to_numpy(v)) for v in model.trainable_variables]
    engine = engine_of(model, config)
    engine.train_steps(engine.put(data.train.x, data.train.y), STEP)
    engine.save_state()
    after = [np.array(keras.ops.convert_to_numpy(v)) for v in model.trainable_variables]
    still = [
        variable.path
        for variable, a, b in zip(model.trainable_variables, before, after, strict=True)
        if np.array_equal(a, b)
    ]
    assert still == []


def test_saves_and_loads(subject, tmp_path):
    model, data, _ = subject
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    for a, b in zip(model.weights, loaded.weights, strict=True):
        np.testing.assert_array_equal(*map(keras.ops.convert_to_numpy, (a, b)))
    # Keras does not save random counters with a model.
    for variable, other in zip(loaded.variables, model.variables, strict=True):
        variable.assign(other)
    x = data.test.x[:5]
    np.testing.assert_array_equal(
        *(keras.ops.convert_to_numpy(m(x, training=False)) for m in (model, loaded))
    )


def test_metrics_and_loss_are_named_in_the_configuration(subject):
    model, data, config = subject
    engine = engine_of(model, config)
    results = engine.evaluate(engine.put(data.test.x[:50], data.test.y[:50]), 50)
    losses = {objective.name for objective in engine.objectives}
    assert losses | {metric.name for metric in config.model.metrics} <= set(results)
