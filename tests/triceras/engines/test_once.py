import keras
import numpy as np
from keras.src.backend import compute_output_spec

from triceras.engines.once import keeping_flags


class Block(keras.layers.Layer):
    """Makes a layer and notes something in `build`, and something else in its first call."""

    def __init__(self):
        super().__init__()
        self.called = False

    def build(self, shape):
        self.adds = shape[-1] == 3
        self.dense = keras.layers.Dense(3)
        self.dense.build(shape)

    def call(self, inputs):
        self.called = self.first = True
        return self.dense(inputs) + inputs if self.adds else self.dense(inputs)


class Own(keras.Model):
    """Leaves its layers to be built where they are called."""

    def __init__(self):
        super().__init__()
        self.block = Block()

    def build(self, shape):
        self.scale = self.add_weight(shape=(), initializer="ones")

    def call(self, inputs):
        return self.block(inputs) * self.scale


def test_what_is_made_where_a_model_is_traced_for_its_shapes_stays():
    model = Own()
    model.build((None, 3))
    for _ in range(2):
        with keeping_flags(model):
            compute_output_spec(model, keras.KerasTensor((None, 3)))
        assert model.block.adds
        assert model.block.dense.use_bias
        # Its first call is still to come.
        assert not model.block.called
        assert "first" not in vars(model.block)
    assert model(np.ones((2, 3), "float32")).shape == (2, 3)


class Whole(keras.Model):
    """Has its block within a `Sequential`, which calls it where it is built."""

    def __init__(self):
        super().__init__()
        self.body = keras.Sequential([Block()])

    def call(self, inputs):
        return self.body(inputs)


def test_a_layer_that_another_one_calls_in_its_build_has_its_first_call_to_come():
    model = Whole()
    with keeping_flags(model):
        compute_output_spec(model, keras.KerasTensor((None, 3)))
    (block,) = model.body.layers
    assert block.adds
    assert block.dense.use_bias
    assert not block.called
    assert "first" not in vars(block)
