import keras
import pytest

from triceras.engines.optimizer_parts import made_of

pytestmark = pytest.mark.once


def test_the_parts_of_an_optimizer_are_found():
    sgd, adam = keras.optimizers.SGD(0.1), keras.optimizers.Adam(0.1)
    assert made_of(sgd) == []
    assert made_of(keras.optimizers.LossScaleOptimizer(sgd)) == [sgd]
    several = keras.optimizers.OptimizerMap(sgd, {"head": adam})
    assert made_of(keras.optimizers.MultiOptimizer(several)) == [adam, sgd]
