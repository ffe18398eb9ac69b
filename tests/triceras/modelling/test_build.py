import keras
import numpy as np
import pytest
from omegaconf import OmegaConf

from triceras.config import build, compose
from triceras.data.batch import BatchPreparation
from triceras.engines import engine_class
from triceras.engines.chunk import Chunk
from triceras.errors import UserError
from triceras.modelling.build import build_losses, build_metrics, build_model, build_optimizers
from triceras.modelling.preparation import prepare_batches
from triceras.testing import small

MODELS = sorted(path.stem for path in (small.CONF / "model").glob("*.yaml"))
STEP = Chunk(np.arange(64, dtype="int32")[None], np.zeros((1, 2), "int32"))


def engine_of(model, config, data):
    batch = prepare_batches(config.model, data)
    # What is quicker for a single step.
    compile = keras.backend.backend() == "jax"
    engine = engine_class()(model, batch, compile=compile, steps_per_call=1)
    engine.load_state()
    return engine


@pytest.fixture(scope="module", params=MODELS)
def subject(request):
    name = request.param
    config = compose([f"experiment={name}"])
    data = build("data", config.data)
    keras.utils.set_random_seed(0)
    model = build_model(config.model, config.optimizer, data, steps=10)
    counters = [
        keras.ops.convert_to_numpy(v)[1] for v in model.non_trainable_variables if "seed" in v.name
    ]
    assert not any(counters), "building drew random numbers from the model's generators"
    return model, data, config


@pytest.mark.in_turn
@pytest.mark.slow_on("jax", "tensorflow")
def test_output_has_the_shape_of_what_the_loss_wants(subject):
    model, data, config = subject
    wanted = 64 if config.model.targets == "inputs" else 10
    assert tuple(model(data.train["image"][:3]).shape) == (3, wanted)


@pytest.mark.in_turn
@pytest.mark.slow_on("jax", "tensorflow")
def test_one_step_moves_every_trainable_variable_it_should(subject):
    model, data, config = subject
    before = [np.array(keras.ops.convert_to_numpy(v)) for v in model.trainable_variables]
    engine = engine_of(model, config, data)
    engine.train_steps(engine.put(data.train.parts), STEP)
    engine.save_state()
    after = [np.array(keras.ops.convert_to_numpy(v)) for v in model.trainable_variables]
    still = [
        variable.path
        for variable, a, b in zip(model.trainable_variables, before, after, strict=True)
        if np.array_equal(a, b)
    ]
    assert still == []


@pytest.mark.in_turn
@pytest.mark.slow_on("jax", "tensorflow")
def test_saves_and_loads(subject, tmp_path):
    model, data, _ = subject
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    for a, b in zip(model.weights, loaded.weights, strict=True):
        np.testing.assert_array_equal(*map(keras.ops.convert_to_numpy, (a, b)))
    # Keras does not save random counters with a model.
    for variable, other in zip(loaded.variables, model.variables, strict=True):
        variable.assign(other)
    x = data.test["image"][:5]
    np.testing.assert_array_equal(
        *(keras.ops.convert_to_numpy(m(x, training=False)) for m in (model, loaded))
    )


@pytest.mark.in_turn
@pytest.mark.slow_on("jax", "tensorflow")
def test_metrics_and_loss_are_named_in_the_configuration(subject):
    model, data, config = subject
    engine = engine_of(model, config, data)
    results = engine.evaluate(engine.put(data.test.take(slice(50))), 50)
    losses = {objective.name for objective in engine.objectives}
    assert losses | {metric.name for metric in config.model.metrics} <= set(results)


@pytest.mark.once
def test_losses_and_metrics_of_outputs_in_their_order():
    """Of outputs without names, of which some may have none; the total is that of each by hand."""
    x = keras.Input((2,))
    model = keras.Model(x, [x, 2 * x, 3 * x])
    error = {"_target_": "keras.losses.MeanAbsoluteError"}
    measured = {"_target_": "keras.metrics.MeanSquaredError", "name": "square"}
    metrics = OmegaConf.create([None, [measured], measured])
    losses = build_losses(OmegaConf.create([error, None, error]))
    model.compile(loss=losses, metrics=build_metrics(metrics), run_eagerly=True)
    ones = np.ones((4, 2))
    found = model.evaluate(ones, [0 * ones] * 3, verbose=0, return_dict=True)
    squares = sorted(value for name, value in found.items() if name.endswith("square"))
    assert (found["loss"], squares) == (4, [4, 9])


def test_a_model_without_metrics_has_none_that_wait_to_be_built():
    config = compose(["experiment=convolutional"])
    config.model.metrics = []
    model = build_model(config.model, config.optimizer, build("data", config.data), 1)
    assert [metric.name for metric in model.metrics] == ["loss"]
    assert set(model.get_metrics_result()) == {"loss"}


def test_network_that_does_not_fit_the_data_gets_one_line():
    config = compose(["experiment=convolutional"])
    data = build("data", config.data)
    OmegaConf.update(config, "model.network.filters", -1)
    with pytest.raises(
        UserError, match=r"^model\.network cannot be built: .*convolutional"
    ) as caught:
        build_model(config.model, config.optimizer, data)
    assert "\n" not in str(caught.value)


class OfOneLength(keras.layers.Layer):
    def build(self, input_shape):
        self.vectors = self.add_weight(shape=(5, input_shape[-1]))

    def call(self, x):
        return x + self.vectors[:4]


def build_of_one_length(classes):
    inputs = keras.Input((6, 3))
    x = OfOneLength()(inputs)
    return keras.Model(inputs, keras.layers.Dense(classes)(keras.layers.Flatten()(x)))


def test_what_went_wrong_in_a_layer_comes_before_keras_s_advice():
    config = compose(["experiment=convolutional"])
    config.model.network = {"_target_": f"{__name__}.build_of_one_length"}
    said = r"build_of_one_length: \w+: (?!.*Could not).*4.* \(at test_build\.py:\d+: return x \+"
    with pytest.raises(UserError, match=said):
        build_model(config.model, config.optimizer, build("data", config.data))


class OnlyCall(keras.Model):
    """As most people write one: layers in `__init__`, no `build`."""

    def __init__(self, classes):
        super().__init__()
        self.hidden = keras.layers.Dense(8, activation="relu")
        self.dropout = keras.layers.Dropout(0.5)
        self.outputs_ = keras.layers.Dense(classes)

    def call(self, inputs, training=False):
        return self.outputs_(self.dropout(self.hidden(inputs), training=training))


class Empty(keras.Model):
    def call(self, inputs):
        return inputs


def classifier(name, **optimizer):
    config = compose()
    config.model.network = {"_target_": f"{__name__}.{name}"}
    config.optimizer.update(optimizer)
    data = build("data", config.data)
    return build_model(config.model, config.optimizer, data), data


@pytest.mark.in_turn
@pytest.mark.slow
def test_subclass_without_build_trains_in_the_engine(backend):
    model, data = classifier("OnlyCall")
    assert len(model.trainable_variables) == 4
    counters = [v for v in model.non_trainable_variables if "seed" in v.name]
    assert [keras.ops.convert_to_numpy(v)[1] for v in counters] == [0]
    before = [np.array(keras.ops.convert_to_numpy(v)) for v in model.trainable_variables]
    engine = engine_class()(model, BatchPreparation("image", "label"), steps_per_call=3)
    engine.load_state()
    rows = np.arange(96, dtype="int32").reshape(3, 32)
    chunk = Chunk(rows, np.zeros((3, 2), "int32"))
    engine.train_steps(engine.put(data.train.parts), chunk)
    engine.save_state()
    for variable, old in zip(model.trainable_variables, before, strict=True):
        assert (keras.ops.convert_to_numpy(variable) != old).any(), variable.path


def test_model_without_variables_is_refused():
    with pytest.raises(UserError, match=r"Empty has no trainable variables: create its layers in"):
        classifier("Empty")


@pytest.mark.in_turn
def test_whole_number_is_a_learning_rate():
    model, _ = classifier("OnlyCall", learning_rate=1)
    assert float(model.optimizer.learning_rate) == 1.0


@pytest.mark.slow_on("jax")
@pytest.mark.parametrize("rate", [0, -1, -0.5])
def test_learning_rate_that_is_not_above_0(rate):
    with pytest.raises(UserError, match=rf"optimizer\.learning_rate={rate} is not above 0"):
        classifier("OnlyCall", learning_rate=rate)


@pytest.mark.parametrize(("warmup_steps", "decay_steps"), [(None, 50), (10, 40), (80, 1)])
def test_a_schedule_that_does_not_say_falls_over_the_run(warmup_steps, decay_steps):
    warmup = [] if warmup_steps is None else [f"warmup_steps={warmup_steps}", "warmup_target=1e-3"]
    config = compose(
        ["optimizer=adam_cosine", *(f"+optimizer.learning_rate.{option}" for option in warmup)]
    ).optimizer
    schedule = build_optimizers(config, 50).get_config()["learning_rate"]["config"]
    assert schedule["decay_steps"] == decay_steps


@pytest.mark.parametrize("decay", ["null", "40"])
def test_a_warm_up_needs_a_rate_that_it_reaches(decay):
    words = ["+optimizer.learning_rate.warmup_steps=10"]
    words.append(f"optimizer.learning_rate.decay_steps={decay}")
    config = compose(["optimizer=adam_cosine", *words])
    with pytest.raises(UserError, match=r"warmup_steps=10 does nothing without .*warmup_target"):
        build_optimizers(config.optimizer, 50)


def test_a_schedule_needs_a_run_of_some_length():
    with pytest.raises(UserError, match=r"optimizer\.learning_rate\.decay_steps=null means"):
        build_optimizers(compose(["optimizer=adam_cosine"]).optimizer, None)


def test_several_optimizers():
    config = compose(["optimizer=adversarial", "optimizer.generator.learning_rate=1"]).optimizer
    optimizers = build_optimizers(config, 50)
    assert set(optimizers) == {"discriminator", "generator"}
    rates = [float(optimizers[name].learning_rate) for name in ("discriminator", "generator")]
    assert rates == pytest.approx([1e-3, 1.0])
    config = OmegaConf.merge(config, {"generator": {"learning_rate": 0.0}})
    with pytest.raises(UserError, match=r"optimizer\.generator\.learning_rate=0\.0 is not above 0"):
        build_optimizers(config, 50)
