import keras
import numpy as np
from keras import ops

from triceras.checkpoints import snapshot
from triceras.checkpoints.snapshot import Position
from triceras.engines.grown import grow


def build():
    layers = [keras.layers.Dense(2, name="a"), keras.layers.Dense(2, name="b")]
    model = keras.Sequential([keras.Input((2,)), *layers])
    model.layers[0].trainable = False
    model.compile(keras.optimizers.Adam(0.1), "mse")
    model.optimizer.build(model.trainable_variables)
    return model


def values(model):
    variables = [*model.variables, *model.optimizer.variables]
    return [np.array(ops.convert_to_numpy(v.value)) for v in variables]


def test_a_run_that_unfroze_one_layer_and_froze_another_goes_on_with_both():
    model = build()
    model.layers[0].trainable = True
    grow(model.optimizer, model.trainable_variables, model.variables)
    model.optimizer.apply([ops.ones(v.shape) for v in model.trainable_variables])
    model.layers[1].trainable = False
    resumed = build()
    snapshot.give(resumed, [], snapshot.take(model, [], Position()))
    assert [layer.trainable for layer in resumed.layers] == [True, False]
    for found, expected in zip(values(resumed), values(model), strict=True):
        np.testing.assert_array_equal(found, expected)
