import keras
import pytest
from omegaconf import OmegaConf

from triceras.modelling import metric_variables
from triceras.testing.inherited.models import BuiltModel, arrays_of, names_of
from triceras.testing.inherited.subjects import Subject

# What they test with is tested on all backends by the lab's tests.
pytestmark = pytest.mark.once

MODEL = """
    class Own(keras.Model):
        def __init__(self, classes, units=8, **kwargs):
            super().__init__(**kwargs)
            self.classes, self.units = classes, units
            self.hidden = keras.layers.Dense(units, "tanh")
            self.logits = keras.layers.Dense(classes)

        def build(self, input_shape):
            self.hidden.build(input_shape)
            self.logits.build((None, self.units))
            self.extra = self.add_weight(shape=(), initializer="ones", name="extra")

        def call(self, inputs):
            return self.logits(self.hidden(inputs)) * USE

        def get_config(self):
            return {**super().get_config(), **CONFIG}
    """
WHOLE = "{'classes': self.classes, 'units': self.units}"


@pytest.fixture
def model(conf, package, backend):
    """A function that writes a model and builds it for its tests."""

    def model(use="self.extra", config=WHOLE, register=True, tests="", units=5):
        text = MODEL.replace("USE", use).replace("CONFIG", config)
        if register:
            text = text.replace("class", "@register_keras_serializable('own')\n    class", 1)
        own = package("models", text)
        conf(
            "model/new",
            f"""
            targets: labels
            network: {{_target_: {own}.models.Own, units: {units}}}
            loss: {{_target_: keras.losses.SparseCategoricalCrossentropy, from_logits: true}}
            metrics: [{{_target_: keras.metrics.SparseCategoricalAccuracy, name: accuracy}}]
            evaluations: {{}}
            tests: {{experiment: linear{tests}}}
            """,
        )
        return BuiltModel(Subject("model", "new"), backend)

    return model


@pytest.mark.slow
def test_a_model_that_is_right(model, tmp_path):
    built = model()
    built.check_build()
    built.check_gradients()
    built.check_serialization(tmp_path)


@pytest.mark.parametrize("name", ["adversaries", "autoencoder", "convolutional"])
@pytest.mark.slow
def test_those_with_noise_several_objectives_and_moving_averages(backend, tmp_path, name):
    built = BuiltModel(Subject("model", name), backend)
    built.check_build()
    built.check_gradients()
    built.check_serialization(tmp_path)


@pytest.mark.slow
def test_a_weight_that_nothing_trains(model):
    with pytest.raises(AssertionError, match=r"no gradient reaches \S*extra \(of loss\)"):
        model(use="1.0").check_gradients()
    model(use="1.0", tests=", no_gradient: [extra], why: it is for later").check_gradients()


@pytest.mark.slow
def test_a_weight_behind_one_that_begins_at_zero(model):
    model(use="(1.0 + self.extra * ops.sum(self.hidden.bias))").check_gradients()


def test_a_configuration_that_lacks_an_argument(model, tmp_path):
    built = model(config="{'classes': self.classes}")
    with pytest.raises(AssertionError, match=r"Own\.get_config\(\) lacks units"):
        built.check_serialization(tmp_path)


@pytest.mark.slow
def test_a_configuration_that_lies(model, tmp_path):
    built = model(config="{'classes': self.classes, 'units': 8}")
    with pytest.raises(Exception, match="could not be loaded"):
        built.check_serialization(tmp_path)


@pytest.mark.slow
def test_a_class_that_is_not_registered(model, tmp_path):
    with pytest.raises(Exception, match="Own"):
        model(register=False).check_serialization(tmp_path)


@pytest.mark.slow
def test_a_loss_that_is_not_finite(model):
    with pytest.raises(AssertionError, match="loss is nan"):
        model(use="ops.log(-self.extra)").check_build()


def test_metrics_of_the_configuration_are_looked_for_by_output():
    accuracy = {"_target_": "keras.metrics.SparseCategoricalAccuracy", "name": "accuracy"}
    nameless = {"_target_": "keras.metrics.MeanSquaredError"}
    by_output = OmegaConf.create({"digit": [accuracy, nameless], "surname": accuracy, "ink": None})
    assert names_of(by_output) == {"digit_accuracy", "surname_accuracy"}
    assert names_of(OmegaConf.create([accuracy, nameless])) == {"accuracy"}
    assert names_of(None) == set()


def test_one_of_an_array_is_told_from_a_metric_that_is_called_so():
    metric_variables.install()
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    own = keras.metrics.MeanSquaredError(name="error_0")
    model.compile(loss="mse", metrics=[keras.metrics.F1Score(name="score"), own])
    ones = keras.ops.ones((4, 2))
    assert {"score_0", "score_1", "error_0"} < set(model.compute_metrics(None, ones, ones))
    assert arrays_of(model) == {"score"}
