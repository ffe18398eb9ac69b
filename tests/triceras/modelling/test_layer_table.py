import keras
import pytest

from triceras.modelling.freezing import freeze
from triceras.modelling.layer_table import noting_shapes, open_where_apart, rows_of, table_of
from triceras.modelling.learning_rates import factors_of
from triceras.testing.backbone import build_classifier
from triceras.testing.small.autoencoder import NoisyAutoencoder

INPUTS = keras.KerasTensor((8, 5))


def test_a_line_for_each_layer_with_shapes_and_sums():
    model = build_classifier()
    freeze(model, ["first"])
    rows = rows_of(model, INPUTS, factors_of(model, {"first": 0.1}))
    assert table_of(model, rows) == [
        "layer     kind                output  parameters  trained  rate",
        "backbone  Sequential          (8, 4)          60       28  x0.1",
        "  first   Dense               (8, 4)          24        0  x0.1",
        "  norm    BatchNormalization  (8, 4)          16        8",
        "  second  Dense               (8, 4)          20       20",
        "head      Dense               (8, 3)          15       15",
        "classifier: 75 parameters, 43 trained, 32 not",
    ]
    shown = [line.split()[0] for line in table_of(model, rows, deepest=0)]
    assert shown == ["layer", "backbone", "head", "classifier:"]


def test_a_subclass_is_shown_and_nothing_of_it_changes():
    model = NoisyAutoencoder(name="noisy")
    model.build((None, 5))
    before = [keras.ops.convert_to_numpy(v).tolist() for v in model.variables]
    shapes = {row.kind: row.output for row in rows_of(model, INPUTS, {})}
    assert shapes == {"Dense": "(8, 5)", "GaussianNoise": "(8, 4)"}
    assert [keras.ops.convert_to_numpy(v).tolist() for v in model.variables] == before


class Untraceable(keras.Model):
    def __init__(self):
        super().__init__(name="untraceable")
        self.first = keras.layers.Dense(2, name="first")
        self.second = keras.layers.Dense(2, name="second")

    def build(self, input_shape):
        self.first.build(input_shape)
        self.second.build((None, 2))

    def call(self, inputs):
        hidden = self.first(inputs)
        if inputs.shape[0] == 8:
            raise ValueError("not today")
        return self.second(hidden)


def test_what_cannot_be_traced_has_no_shape_and_the_rest_is_shown():
    model = Untraceable()
    model.build((None, 5))
    first, second = rows_of(model, INPUTS, {})
    assert (first.output, second.output) == ("(8, 2)", "")
    assert (first.parameters, second.parameters) == (12, 6)


class Two(keras.Model):
    def __init__(self):
        super().__init__(name="two")
        self.shared = keras.layers.Dense(2, name="shared")
        self.split = Split(name="split")

    def call(self, inputs):
        return self.split(self.shared(inputs["x"]) + self.shared(inputs["y"]))


class Split(keras.layers.Layer):
    def call(self, inputs):
        return {"left": inputs[:, :1], "both": inputs}


def test_trees_go_in_and_come_out():
    model = Two()
    inputs = {"x": INPUTS, "y": INPUTS}
    model(inputs)
    assert [row.output for row in rows_of(model, inputs, {})] == ["(8, 2)", "(8, 2) (8, 1)"]


class OnlyInInference(keras.Model):
    def __init__(self):
        super().__init__(name="only_in_inference")
        self.first = keras.layers.Dense(2, name="first")
        self.last = keras.layers.Softmax(name="last")

    def call(self, inputs, training=False):
        hidden = self.first(inputs)
        return hidden if training else self.last(hidden)


def test_what_a_training_step_does_not_call_has_its_shape_too():
    model = OnlyInInference()
    shapes = {}
    with noting_shapes(shapes):
        model(keras.ops.ones(INPUTS.shape), training=True)
    assert [row.output for row in rows_of(model, INPUTS, {}, shapes)] == ["(8, 2)", "(8, 2)"]


@pytest.mark.once
def test_a_size_is_open_where_it_is_another_one_in_the_same_place():
    found = open_where_apart(((2, 12), (3,), (2, 2, 7)), ((3, 12), (3,), (3, 2, None)))
    assert found == ((None, 12), (3,), (None, 2, None))
    assert open_where_apart(((2, 3),), ((2,), (3,))) == ((2, 3),)
