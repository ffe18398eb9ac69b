from types import SimpleNamespace

import keras
import numpy as np

from triceras.checkpoints import snapshot
from triceras.commands.evaluate import give_to_metrics
from triceras.data.batch import BatchPreparation
from triceras.data.dataset import Split
from triceras.engines import engine_class
from triceras.engines.changes import changes_of

SPLIT = Split({"x": np.ones((4, 2), "float32"), "y": np.ones((4, 1), "float32")})


class Weighted(keras.metrics.MeanSquaredError):
    def __init__(self):
        super().__init__(name="weighted")
        self.factor = 1.0

    def update_state(self, y_true, y_pred, sample_weight=None):
        return super().update_state(self.factor * y_true, self.factor * y_pred)


def built():
    metric = Weighted()
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse", metrics=[metric])
    return model, metric


def test_a_metric_has_the_numbers_that_a_callback_gave_it():
    (model, metric), (other, given) = built(), built()
    model.evaluate(SPLIT["x"], SPLIT["y"], verbose=0)
    changes_of(model).begin(model)
    metric.factor = 3.0
    assert changes_of(model).end(model) == ["weighted.factor"]
    saved = snapshot.take_model(model)
    snapshot.give_model(other, saved)
    # Keras has no metrics before a first batch.
    assert given.factor == 1.0
    engine = engine_class()(other, BatchPreparation("x", "y"), compile=True)
    engine.load_state()
    give_to_metrics(SimpleNamespace(model=other, saved=saved), engine, SPLIT, ["x", "y"])
    assert given.factor == 3.0
    results = engine.evaluate(engine.place(SPLIT), 2)
    assert np.isclose(results["weighted"], 9 * results["loss"], rtol=1e-5)
