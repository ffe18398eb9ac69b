import pytest

from triceras.errors import UserError
from triceras.testing.inherited.examples import example, found
from triceras.testing.inherited.layers import LayerTests
from triceras.testing.inherited.subjects import Subject

# What they test with is tested on all backends by the lab's tests.
pytestmark = pytest.mark.once

LAYER = """
    @register_keras_serializable("own")
    class OwnLayer(keras.layers.Layer):
        def __init__(self, units=3, **kwargs):
            super().__init__(**kwargs)
            self.units = units
            self.seed_generator = keras.random.SeedGenerator(1)

        def build(self, input_shape):
            self.kernel = self.add_weight(shape=(input_shape[-1], self.units), name="kernel")
            self.scale = self.add_weight(shape=(), initializer="ones", name="scale")

        def call(self, inputs, training=False):
            x = ops.matmul(inputs, self.kernel) * SCALE
            return keras.random.dropout(x, 0.5, seed=self.seed_generator) if training else x

        def compute_output_shape(self, input_shape):
            return (*input_shape[:-1], SHAPE)

        def get_config(self):
            return {**super().get_config(), CONFIG}
    """


@pytest.fixture
def layer(package):
    """A function that writes a layer and makes its tests."""

    def layer(scale="self.scale", shape="self.units", config='"units": self.units'):
        text = LAYER.replace("SCALE", scale).replace("SHAPE", shape).replace("CONFIG", config)
        own = package("layers.own_layer", text)
        (subject,) = found("layer", own)
        assert str(subject) == "layer[own_layer]"
        return LayerTests(example(subject, own))

    return layer


@pytest.mark.slow
def test_a_layer_that_is_right_needs_no_example(layer, tmp_path):
    tests = layer()
    tests.check_build()
    tests.check_serialization(tmp_path)
    tests.check_gradients()
    tests.check_mixed_precision()
    tests.check_learning()
    assert list(tests.evidence()) == ["output 0", "output 1"]


def test_a_weight_that_nothing_trains(layer):
    with pytest.raises(AssertionError, match=r"no gradient reaches \S*scale"):
        layer(scale="1.0").check_gradients()


def test_a_shape_that_is_not_that_of_the_numbers(layer):
    with pytest.raises(AssertionError, match=r"outputs are \(None, 5\) of symbols, and \(3, 3\)"):
        layer(shape="5").check_build()


def test_a_configuration_that_lacks_an_argument(layer, tmp_path):
    with pytest.raises(AssertionError, match=r"OwnLayer\.get_config\(\) lacks units"):
        layer(config="").check_serialization(tmp_path)


def test_outputs_that_are_not_finite(layer):
    with pytest.raises(AssertionError, match="not finite"):
        layer(scale="ops.log(-self.scale)").check_build()


def test_a_layer_with_arguments_needs_an_example(package, conf):
    own = package("layers.own_layer", LAYER.replace("units=3", "units").replace("CONFIG", ""))
    subject = Subject("layer", "own_layer")
    with pytest.raises(UserError) as caught:
        example(subject, own)
    told = str(caught.value)
    assert told.startswith("layer[own_layer] has no example: write conf/layer/own_layer.yaml with")
    assert "OwnLayer asks for units" in told
    assert "\n" not in told


@pytest.mark.slow
def test_an_example_has_arguments_and_inputs(package, conf):
    text = LAYER.replace("SCALE", "self.scale").replace("SHAPE", "self.units")
    own = package("layers.own_layer", text.replace("CONFIG", '"units": self.units'))
    conf(
        "layer/wide",
        f"""
        _target_: {own}.layers.own_layer.OwnLayer
        units: 7
        tests: {{input_shape: [2, 5, 4]}}
        """,
    )
    (subject,) = found("layer", own)
    assert subject.name == "wide"
    tests = LayerTests(example(subject, own))
    tests.check_build()
    assert tests.evidence()["output 0"].shape == (2, 5, 7)


def test_several_inputs_and_whole_numbers(package, conf):
    own = package("layers.nothing", "")
    conf(
        "layer/lookup",
        """
        _target_: keras.layers.Embedding
        input_dim: 5
        output_dim: 2
        tests: {inputs: [{shape: [3, 4], dtype: int32, low: 0, high: 5}]}
        """,
    )
    conf("layer/both", "_target_: keras.layers.Add\ntests: {input_shape: [[3, 4], [3, 4]]}")
    for subject in found("layer", own):
        tests = LayerTests(example(subject, own))
        tests.check_build()
        tests.check_gradients()
    assert found("layer", "no_such_package_at_all") == found("layer", own)
