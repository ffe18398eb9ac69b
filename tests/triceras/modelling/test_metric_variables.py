import keras
import numpy as np
import pytest
from keras import ops

from triceras.modelling import metric_variables


class Largest(keras.metrics.Metric):
    """The largest target, and the same in a dictionary."""

    def __init__(self, apart):
        super().__init__(name="largest")
        self.apart = apart
        self.most = self.add_variable((), "zeros", name="most")

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.most.assign(ops.maximum(self.most, ops.max(y_true)))

    def result(self):
        return {"largest": self.most} if self.apart else self.most


@pytest.mark.in_turn
@pytest.mark.slow_on("tensorflow")
@pytest.mark.parametrize("apart", [False, True])
def test_a_variable_is_the_number_that_it_held(apart):
    metric_variables.install()
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", "mean_squared_error", metrics=[Largest(apart)])
    y = np.array([[1.0], [3.0], [2.0], [1.0]], "float32")
    told = model.fit(y, y, batch_size=2, validation_data=(y + 4, y + 4), verbose=0).history
    assert told["largest"] == [3.0]
    assert told["val_largest"] == [7.0]
